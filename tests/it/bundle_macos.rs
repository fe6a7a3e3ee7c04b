//! `bundle/macos/package.sh` and what it packs. What a Mac does with the app, only a Mac can show.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::{skip, write_program};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Apple takes nothing but numbers.
const NUMBERS: &str = concat!(
    env!("CARGO_PKG_VERSION_MAJOR"),
    ".",
    env!("CARGO_PKG_VERSION_MINOR"),
    ".",
    env!("CARGO_PKG_VERSION_PATCH")
);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder to pack in, with a program to pack.
struct Packer {
    folder: TempDir,
}

impl Packer {
    fn new() -> Self {
        let packer = Self { folder: tempfile::tempdir().unwrap() };
        if cfg!(target_os = "macos") {
            // There it is signed, so it is a real one.
            fs::copy(env!("CARGO_BIN_EXE_wick"), packer.program()).unwrap();
        } else {
            write_program(&packer.program(), "#!/bin/sh\necho packed\n");
        }
        packer
    }

    /// None where a program is missing that packing or looking into the zip needs.
    fn if_possible(test: &str) -> Option<Self> {
        for program in ["zip", "zipinfo"] {
            if Command::new(program).arg("-h").output().is_err() {
                skip(test, &format!("{program} is not installed"));
                return None;
            }
        }
        Some(Self::new())
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join("program")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn zip(&self) -> PathBuf {
        self.out().join(format!("Wick-{VERSION}-macos.zip"))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.out().join(name)).unwrap()
    }

    /// What lies in the folder that is packed to, in order.
    fn made(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.out()) else { return Vec::new() };
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The script with these arguments, under a umask that gives nobody else anything, and without the settings of
    /// whoever runs the tests.
    fn script(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "umask 077 && exec \"$0\" \"$@\""])
            .arg(root().join("bundle/macos/package.sh"))
            .args(arguments)
            .arg("--out")
            .arg(self.out());
        for name in [
            "GITHUB_REPOSITORY",
            "WICK_REPOSITORY",
            "WICK_SIGN_IDENTITY",
            "WICK_NOTARY_KEY",
            "WICK_NOTARY_KEY_ID",
            "WICK_NOTARY_ISSUER",
        ] {
            command.env_remove(name);
        }
        command
    }

    fn pack(&self) -> Command {
        self.script(&["--binary", self.program().to_str().unwrap()])
    }

    /// Packs, and gives what was said on the way.
    fn packed(&self) -> String {
        let output = self.pack().output().unwrap();
        let said = said(&output);
        assert!(output.status.success(), "{said}");
        said
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn dictionary(path: &Path) -> plist::Dictionary {
    plist::Value::from_file(path).unwrap().into_dictionary().unwrap()
}

#[test]
fn the_app_has_all_that_a_mac_looks_for() {
    let Some(packer) = Packer::if_possible("the_app_has_all_that_a_mac_looks_for") else { return };
    packer.packed();
    let contents = packer.out().join("Wick.app/Contents");
    let info = dictionary(&contents.join("Info.plist"));
    let text =
        |key: &str| info.get(key).and_then(plist::Value::as_string).unwrap_or_else(|| panic!("{key} is missing"));
    for (key, value) in [
        ("CFBundleDevelopmentRegion", "en"),
        ("CFBundleDisplayName", "Wick"),
        ("CFBundleIdentifier", "dev.wick.Wick"),
        ("CFBundleInfoDictionaryVersion", "6.0"),
        ("CFBundleName", "Wick"),
        ("CFBundlePackageType", "APPL"),
        ("CFBundleShortVersionString", NUMBERS),
        ("CFBundleVersion", NUMBERS),
        ("LSApplicationCategoryType", "public.app-category.developer-tools"),
        ("LSMinimumSystemVersion", "13.0"),
    ] {
        assert_eq!(text(key), value, "{key}");
    }
    for key in ["LSUIElement", "NSHighResolutionCapable"] {
        assert_eq!(info.get(key).and_then(plist::Value::as_boolean), Some(true), "{key}");
    }
    let license = fs::read_to_string(root().join("LICENSE")).unwrap();
    assert!(license.contains(&text("NSHumanReadableCopyright").replace('©', "(c)")), "the same people as in LICENSE");
    assert_eq!(fs::read_to_string(contents.join("PkgInfo")).unwrap(), "APPL????");

    let program = contents.join("MacOS").join(text("CFBundleExecutable"));
    let icon = contents.join("Resources").join(format!("{}.icns", text("CFBundleIconFile")));
    if cfg!(not(target_os = "macos")) {
        assert_eq!(fs::read(&program).unwrap(), fs::read(packer.program()).unwrap(), "signed on a Mac only");
    }
    assert_eq!(fs::read(&icon).unwrap(), fs::read(root().join("resources/Wick.icns")).unwrap());
    for folder in ["", "MacOS", "Resources"] {
        assert_eq!(mode(&contents.join(folder)), 0o755, "{folder}");
    }
    assert_eq!(mode(&program), 0o755);
    for file in [icon, contents.join("Info.plist"), contents.join("PkgInfo")] {
        assert_eq!(mode(&file), 0o644, "{}", file.display());
    }
}

#[test]
fn the_zip_its_checksum_and_the_cask_belong_together() {
    let Some(packer) = Packer::if_possible("the_zip_its_checksum_and_the_cask_belong_together") else { return };
    let output = packer.pack().env("WICK_REPOSITORY", "acme/wick").output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(!said(&output).contains("OWNER"));
    if cfg!(not(target_os = "macos")) {
        assert!(said(&output).contains("not signed: codesign is only on a Mac"));
    }
    let zip = format!("Wick-{VERSION}-macos.zip");
    let names = ["Wick.app", &zip, &format!("{zip}.sha256"), "wick.rb"];
    let paths: String = names.iter().map(|name| format!("{}\n", packer.out().join(name).display())).collect();
    assert_eq!(String::from_utf8_lossy(&output.stdout), paths);

    let listing = Command::new("zipinfo").arg(packer.zip()).output().unwrap();
    let listing = String::from_utf8_lossy(&listing.stdout);
    for (file, mode) in [
        ("Wick.app/Contents/MacOS/wick", "-rwxr-xr-x"),
        ("Wick.app/Contents/Info.plist", "-rw-r--r--"),
        ("Wick.app/Contents/Resources/Wick.icns", "-rw-r--r--"),
    ] {
        let is_there = listing.lines().any(|line| line.starts_with(mode) && line.ends_with(&format!(" {file}")));
        assert!(is_there, "{mode} {file} is missing:\n{listing}");
    }

    let sha256: String =
        Sha256::digest(fs::read(packer.zip()).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(packer.read(&format!("{zip}.sha256")), format!("{sha256}  {zip}\n"));

    let cask = packer.read("wick.rb");
    for part in [
        &*format!("version \"{VERSION}\""),
        &*format!("sha256 \"{sha256}\""),
        "url \"https://github.com/acme/wick/releases/download/v#{version}/Wick-#{version}-macos.zip\"",
        "app \"Wick.app\"",
        "binary \"#{appdir}/Wick.app/Contents/MacOS/wick\"",
        "quit: \"dev.wick.Wick\"",
        "depends_on macos: :ventura",
    ] {
        assert!(cask.contains(part), "{part} is missing:\n{cask}");
    }
    assert!(!cask.contains('@'), "something was not filled in:\n{cask}");
    assert!(cask.contains("caveats") && cask.contains("Open Anyway"), "nobody has signed it:\n{cask}");
}

#[test]
fn a_second_run_leaves_nothing_of_the_first() {
    let Some(packer) = Packer::if_possible("a_second_run_leaves_nothing_of_the_first") else { return };
    assert!(packer.packed().contains("OWNER/wick"), "no repository was named");
    let made = packer.made();
    assert_eq!(made.len(), 4, "{made:?}");
    let zip = fs::read(packer.zip()).unwrap();
    fs::write(packer.out().join("Wick.app/Contents/MacOS/stray"), "").unwrap();
    fs::write(packer.out().join("Wick-0.0.1-macos.zip"), "").unwrap();
    packer.packed();
    assert_eq!(packer.made(), made);
    assert!(!packer.out().join("Wick.app/Contents/MacOS/stray").exists());
    if cfg!(not(target_os = "macos")) {
        assert_eq!(fs::read(packer.zip()).unwrap(), zip, "the same program gives the same zip");
    }
}

#[test]
fn wrong_usage_is_refused_with_two() {
    let packer = Packer::new();
    let mut wrong = vec![vec!["--bogus"], vec!["wick"], vec!["--binary", ""]];
    // A Mac would build.
    if cfg!(not(target_os = "macos")) {
        wrong.push(vec![]);
    }
    for arguments in wrong {
        let output = packer.script(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(said(&output).contains("usage: bundle/macos/package.sh [--binary PATH]"), "{}", said(&output));
    }
    let output = packer.script(&["--binary", "/nonexistent/wick"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("/nonexistent/wick"));
    assert_eq!(packer.made(), [""; 0]);
}

#[test]
fn settings_that_do_not_go_together_are_refused_before_anything_is_made() {
    let packer = Packer::new();
    let key = packer.program().display().to_string();
    let all = [("WICK_NOTARY_KEY", &*key), ("WICK_NOTARY_KEY_ID", "id"), ("WICK_NOTARY_ISSUER", "issuer")];
    let mut cases = vec![(all.to_vec(), "WICK_SIGN_IDENTITY"), (vec![("WICK_REPOSITORY", "wick")], "OWNER/NAME")];
    for (index, one) in all.iter().enumerate() {
        let others = all.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, pair)| *pair).collect();
        cases.push((others, "all three or none"));
        cases.push((vec![*one], "all three or none"));
    }
    if cfg!(not(target_os = "macos")) {
        cases.push((vec![("WICK_SIGN_IDENTITY", "Ada")], "codesign is only on a Mac"));
    }
    for (settings, words) in cases {
        let output = packer.pack().envs(settings.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{settings:?}");
        assert!(said(&output).contains(words), "{settings:?}: {}", said(&output));
        assert_eq!(packer.made(), [""; 0], "{settings:?}");
    }
}

/// Packs as on a Mac, with stand-ins that write down how they were called, and an Apple that answers this.
fn notarized(packer: &Packer, answer: &str) -> (Output, String) {
    let bin = packer.folder.path().join("bin");
    let log = packer.folder.path().join("log");
    let key = packer.folder.path().join("key.p8");
    fs::write(&key, "SENTINEL-KEY").unwrap();
    for (name, does) in [
        ("uname", "echo Darwin"),
        ("codesign", ":"),
        ("ditto", "for last; do :; done; echo zip >\"$last\""),
        ("plutil", "case $2 in status) echo \"$ANSWER\" ;; id) echo 5e4d ;; esac"),
        ("xcrun", "[ \"$2\" != log ] || echo the reasons"),
    ] {
        write_program(&bin.join(name), &format!("#!/bin/sh\necho \"{name} $*\" >>\"$LOG\"\n{does}\n"));
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let output = packer
        .pack()
        .envs([("PATH", &*path), ("ANSWER", answer), ("WICK_SIGN_IDENTITY", "Ada")])
        .envs([("WICK_NOTARY_KEY_ID", "id"), ("WICK_NOTARY_ISSUER", "issuer")])
        .env("WICK_NOTARY_KEY", &key)
        .env("LOG", &log)
        .output()
        .unwrap();
    (output, fs::read_to_string(&log).unwrap())
}

#[test]
fn a_notarized_app_is_packed_again_with_its_ticket() {
    let packer = Packer::new();
    let (output, calls) = notarized(&packer, "Accepted");
    assert!(output.status.success(), "{}", said(&output));
    let calls: Vec<_> = calls.lines().filter(|line| !line.starts_with("uname")).collect();
    let starts = [
        "plutil -lint",
        "codesign --force --options runtime --entitlements",
        "codesign --verify --strict",
        "ditto -c -k --keepParent",
        "xcrun notarytool submit",
        "plutil -extract status",
        "xcrun stapler staple",
        "ditto -c -k --keepParent",
    ];
    assert_eq!(calls.len(), starts.len(), "{calls:#?}");
    for (call, start) in calls.iter().zip(starts) {
        assert!(call.starts_with(start), "{start}: {calls:#?}");
        assert!(!call.contains("SENTINEL"), "{call}");
    }
    assert!(calls[1].contains("--sign Ada --timestamp"), "{}", calls[1]);
    assert_eq!(packer.made().len(), 4);
    assert!(!packer.read("wick.rb").contains("caveats"), "Gatekeeper lets it pass");
}

/// `notarytool` itself ends with 0 here.
#[test]
fn an_app_that_apple_refuses_is_not_handed_out() {
    let packer = Packer::new();
    let (output, calls) = notarized(&packer, "Invalid");
    assert_eq!(output.status.code(), Some(1));
    for words in ["Apple did not notarize the app: Invalid", "the reasons"] {
        assert!(said(&output).contains(words), "{}", said(&output));
    }
    assert!(!calls.contains("stapler"), "{calls}");
    assert_eq!(packer.made(), [""; 0]);
}

#[test]
fn the_templates_are_property_lists() {
    let folder = root().join("bundle/macos");
    let info = dictionary(&folder.join("Info.plist"));
    assert_eq!(info.get("CFBundleIdentifier").and_then(plist::Value::as_string), Some("@IDENTIFIER@"));
    assert!(dictionary(&folder.join("Wick.entitlements")).is_empty());
    // codesign is stricter than every other reader of property lists: XML allows no two hyphens inside of a comment.
    for name in ["Info.plist", "Wick.entitlements"] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        for comment in text.split("<!--").skip(1) {
            let (comment, _) = comment.split_once("-->").unwrap();
            assert!(!comment.contains("--"), "{name}: {comment}");
        }
    }
}
