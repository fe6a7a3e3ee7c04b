//! HTTP/1.1 by hand, so that an answer can be cut, dripped, reset or withheld.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::answer::{Answer, Delivery, Reply};
use super::request::Request;
use super::state::Hold;
use super::{Headers, Shared};

/// How long a drip waits before each byte.
const DRIP: Duration = Duration::from_millis(300);

/// Gives each connection a thread until the server is dropped, and waits for all of them then.
pub(super) fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads = Vec::new();
    for (connection, stream) in listener.incoming().enumerate() {
        let mut state = shared.lock();
        if state.stopped {
            break;
        }
        let Ok((mut stream, twin)) = stream.and_then(|stream| Ok((stream.try_clone()?, stream))) else { continue };
        state.connections.insert(connection, twin);
        drop(state);
        let shared = Arc::clone(shared);
        threads.push(std::thread::spawn(move || {
            // A client may go away at any moment: that is its test's business.
            drop(serve(&shared, &mut stream, connection));
            // The twin goes first: only with the last of them is the connection closed.
            shared.lock().connections.remove(&connection);
        }));
    }
    for thread in threads {
        drop(thread.join());
    }
}

fn serve(shared: &Shared, stream: &mut TcpStream, connection: usize) -> io::Result<()> {
    // So that each byte of a drip is sent by itself.
    stream.set_nodelay(true)?;
    while let Some(request) = read_request(stream, connection)? {
        let is_put = request.method == "PUT";
        let reply = shared.lock().receive(request);
        let latency = shared.lock().latency;
        let runs = shared.pass(latency)
            && shared.wait_while(|state| state.hold == Hold::All || (state.hold == Hold::Writes && is_put));
        shared.lock().let_go();
        if !runs || !send(&reply, shared, stream)? {
            break;
        }
    }
    Ok(())
}

/// Says whether the connection stays open.
fn send(reply: &Reply, shared: &Shared, stream: &mut TcpStream) -> io::Result<bool> {
    let Reply { answer, delivery } = reply;
    let resets = matches!(delivery, Delivery::Reset | Delivery::ResetWithinBody);
    if !resets {
        // The byte that `read_request` left.
        stream.read_exact(&mut [0])?;
    }
    let whole = [answer.head(), answer.body.clone()].concat();
    match delivery {
        Delivery::Whole | Delivery::Close => stream.write_all(&whole)?,
        Delivery::Drip => drip(answer, shared, stream)?,
        Delivery::ResetWithinBody => stream.write_all(&whole[..whole.len() - answer.body.len().div_ceil(2)])?,
        Delivery::Reset => {}
        // Until the client goes away or the server shuts the connection down.
        Delivery::Stall => while stream.read(&mut [0; 64])? > 0 {},
    }
    let closes = answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok(!resets && !closes && *delivery != Delivery::Stall)
}

fn drip(answer: &Answer, shared: &Shared, stream: &mut TcpStream) -> io::Result<()> {
    let mut slow = answer.body.clone();
    if slow.is_empty() {
        slow = answer.head();
    } else {
        stream.write_all(&answer.head())?;
    }
    for byte in slow {
        if !shared.pass(DRIP) {
            break;
        }
        stream.write_all(&[byte])?;
    }
    Ok(())
}

/// The next request, or `None` where the client is done.
///
/// Its last byte is only looked at and stays unread. Linux resets a connection that is closed with something unread;
/// macOS closes it like any other.
fn read_request(stream: &mut TcpStream, connection: usize) -> io::Result<Option<Request>> {
    let Some(head) = read_head(stream)? else { return Ok(None) };
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers: Headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let mut request = Request { method, path, headers, body: String::new(), status: None, at: 0, connection };
    let body = if request.header("transfer-encoding").is_some() {
        read_chunks(stream)?
    } else {
        let length = request.header("content-length").map_or(Ok(0), str::parse);
        read_body(stream, length.map_err(|_| io::ErrorKind::InvalidData)?)?
    };
    request.body = String::from_utf8_lossy(&body).into_owned();
    Ok(Some(request))
}

/// The first line and the headers. Of what has come, no more is taken than them, less their last byte.
fn read_head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut arrived = [0; 4096];
    loop {
        let count = stream.peek(&mut arrived)?;
        if count == 0 {
            return if head.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        let before = head.len();
        head.extend(&arrived[..count]);
        let Some(start_of_end) = head.windows(4).position(|four| four == b"\r\n\r\n") else {
            stream.read_exact(&mut arrived[..count])?;
            continue;
        };
        head.truncate(start_of_end + 4);
        stream.read_exact(&mut arrived[..head.len() - 1 - before])?;
        return Ok(Some(String::from_utf8_lossy(&head).into_owned()));
    }
}

/// A body of this length behind the head's last byte.
fn read_body(stream: &mut TcpStream, length: usize) -> io::Result<Vec<u8>> {
    let mut body = vec![0; length];
    if let Some((last, others)) = body.split_last_mut() {
        take_byte(stream)?;
        stream.read_exact(others)?;
        *last = look_at_byte(stream)?;
    }
    Ok(body)
}

/// A body in chunks behind the head's last byte. No client here sends anything between the last one and the end.
fn read_chunks(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    take_byte(stream)?;
    let mut body = Vec::new();
    loop {
        let line = read_line(stream)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        if size == 0 {
            break;
        }
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        read_line(stream)?;
    }
    take_byte(stream)?;
    look_at_byte(stream)?;
    Ok(body)
}

fn read_line(stream: &mut TcpStream) -> io::Result<String> {
    let mut line = String::new();
    while !line.ends_with('\n') {
        line.push(char::from(take_byte(stream)?));
    }
    Ok(line)
}

fn take_byte(stream: &mut TcpStream) -> io::Result<u8> {
    let mut byte = [0];
    stream.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// Waits for the next byte and leaves it there.
fn look_at_byte(stream: &mut TcpStream) -> io::Result<u8> {
    let mut byte = [0];
    if stream.peek(&mut byte)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(byte[0])
}
