//! A server that no token is for.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Notes everything that it is told, and refuses everything.
pub struct Stranger {
    pub url: String,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Stranger {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound socket"));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&heard);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                // Whoever says nothing more than this has said it.
                drop(stream.set_read_timeout(Some(Duration::from_millis(50))));
                let mut bytes = [0; 16 * 1024];
                while let Ok(count @ 1..) = stream.read(&mut bytes) {
                    noted.lock().expect("not poisoned").extend_from_slice(&bytes[..count]);
                    if bytes[..count].ends_with(b"\r\n\r\n") {
                        break;
                    }
                }
                drop(stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"));
            }
        });
        Self { url, heard }
    }

    pub fn heard(&self) -> Vec<u8> {
        self.heard.lock().expect("not poisoned").clone()
    }
}
