//! Another computer: the real `ssh` and `sshd`, on loopback.

use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;

use serde_json::Value;

use super::places::{mode, signed_in};
use super::*;
use crate::support::is_root;
use crate::support::synced::{command, credential};

/// A home of its own, whoever the user is: their own sign-in is not to be replaced.
const FORCED: &str = "#!/bin/sh\ncd \"${0%/*}\" && export HOME=\"$PWD\" && exec sh -c \"$SSH_ORIGINAL_COMMAND\"\n";
const SERVER: &str = "HostKey THERE/host\nAuthorizedKeysFile THERE/client.pub\nForceCommand THERE/forced\n\
    PasswordAuthentication no\nPermitUserRC no\nStrictModes no\nUsePAM no\n";
const CLIENT: &str = "Host example.org\nHostName 127.0.0.1\nPort PORT\nHostKeyAlias example.org\nIdentityFile THERE/client\n\
    IdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile THERE/known\nStrictHostKeyChecking yes\n";

/// The other computer: a folder, and a port that lets in whoever has the key in it.
struct Server {
    there: PathBuf,
    user: String,
}

impl Server {
    fn start(home: &Home) -> Self {
        let there = home.path().join("there");
        fs::create_dir(&there).unwrap();
        for key in ["host", "client"] {
            let mut generator = program(home, "ssh-keygen");
            assert_eq!(ran(generator.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(there.join(key))).0, Some(0));
        }
        let host = fs::read_to_string(there.join("host.pub")).unwrap();
        fs::write(there.join("known"), format!("example.org {host}")).unwrap();
        crate::support::write_program(&there.join("forced"), FORCED);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let written = |text: &str| text.replace("THERE", there.to_str().unwrap()).replace("PORT", &port);
        fs::write(there.join("sshd_config"), written(SERVER)).unwrap();
        fs::write(there.join("ssh_config"), written(CLIENT)).unwrap();
        // It looks for its own settings in the home that the system knows, wherever $HOME is.
        let config = there.join("ssh_config").display().to_string();
        let ssh = "#!/bin/sh\necho \"$*\" >> \"$HOME/arguments\"\nexec /usr/bin/ssh -F CONFIG \"$@\"\n";
        home.add_program("ssh", &ssh.replace("CONFIG", &config));
        if is_root() {
            // As the system does that starts it.
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let server = there.clone();
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| serve(&server, stream.into())));
        let user = ran(program(home, "id").arg("-un")).1.trim().to_owned();
        Self { there, user }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.there.join("log")).unwrap_or_default()
    }
}

/// One connection, as inetd hands it over: no port is chosen that another could take meanwhile.
fn serve(there: &Path, stream: OwnedFd) {
    let mut sshd = Command::new("/usr/sbin/sshd");
    sshd.arg("-i").arg("-f").arg(there.join("sshd_config")).arg("-E").arg(there.join("log"));
    let answers = stream.try_clone().unwrap();
    drop(sshd.stdin(stream).stdout(answers).stderr(Stdio::null()).status());
}

#[test]
fn another_computer_gets_a_sign_in_that_can_sign_nobody_out() {
    if lacks("another_computer_gets_a_sign_in_that_can_sign_nobody_out", &["jq", "ssh", "sshd"]) {
        return;
    }
    let home = signed_in();
    let server = Server::start(&home);
    home.write_config(&text("command-targets/ssh.toml").replace("ada@", &format!("{}@", server.user)));
    let sync = || {
        let (code, printed, complaints) = ran(&mut command(&home, &["sync"]));
        let log = server.log();
        assert!(code == Some(0) && printed.starts_with("ssh  synced"), "{printed}{complaints}{log}");
    };
    let file = server.there.join(".claude/.credentials.json");
    let stored = || -> Value { serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap() };
    sync();
    assert!(arguments(&home)[0].starts_with("-o BatchMode=yes -o ConnectTimeout=20 "), "{:?}", arguments(&home));
    let oauth = &stored()["claudeAiOauth"];
    assert_eq!((&oauth["accessToken"], &oauth["refreshToken"]), (&json!(ACCESS), &Value::Null), "{oauth}");
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    // The next one takes its place.
    home.write(&credential().json().replace(ACCESS, "tok-sentinel-access-2"));
    sync();
    assert_eq!(stored()["claudeAiOauth"]["accessToken"], "tok-sentinel-access-2");
    let left: Vec<_> = fs::read_dir(file.parent().unwrap()).unwrap().flatten().map(|left| left.file_name()).collect();
    assert_eq!(left, [".credentials.json"]);
}

#[test]
fn another_computer_that_is_not_the_known_one_gets_nothing() {
    if lacks("another_computer_that_is_not_the_known_one_gets_nothing", &["jq", "ssh", "sshd"]) {
        return;
    }
    let home = signed_in();
    let server = Server::start(&home);
    fs::copy(server.there.join("client.pub"), server.there.join("known")).unwrap();
    home.write_config(&text("command-targets/ssh.toml"));
    let (code, printed, complaints) = ran(&mut command(&home, &["sync"]));
    assert!(code == Some(4) && printed.contains("Host key verification failed"), "{printed}{complaints}");
    assert!(!server.there.join(".claude").exists(), "{}", server.log());
}
