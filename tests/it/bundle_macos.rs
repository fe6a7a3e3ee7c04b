//! `bundle/macos/package.sh` and what it packs. What a Mac does with the app, only a Mac can show.

mod homebrew;
mod packer;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

use self::homebrew::field;
use self::packer::Packer;

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
    ] {
        assert_eq!(text(key), value, "{key}");
    }
    for key in ["LSUIElement", "NSHighResolutionCapable"] {
        assert_eq!(info.get(key).and_then(plist::Value::as_boolean), Some(true), "{key}");
    }
    let why = text("NSLocalNetworkUsageDescription");
    assert!(why.contains("GitHub Enterprise"), "macOS refuses a server nearby without asking: {why}");
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
    let page = |path: &str| contents.join("Resources/man").join(path);
    let pages = [page("man1/wick.1"), page("man5/wick-config.5")];
    for file in [icon, contents.join("Info.plist"), contents.join("PkgInfo")].iter().chain(&pages) {
        assert_eq!(mode(file), 0o644, "{}", file.display());
    }
}

#[test]
fn the_zip_its_checksum_and_the_formula_belong_together() {
    let Some(packer) = Packer::if_possible("the_zip_its_checksum_and_the_formula_belong_together") else { return };
    let output = packer.pack().env("WICK_REPOSITORY", "acme/wick").output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(!said(&output).contains("OWNER"));
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

    let formula = packer.read("wick.rb");
    let url = format!("https://github.com/acme/wick/releases/download/v{VERSION}/{zip}");
    assert_eq!((field(&formula, "url"), field(&formula, "sha256")), (Some(&*url), Some(&*sha256)));
    assert!(!formula.contains('@'), "something was not filled in:\n{formula}");
}

#[test]
fn the_app_is_signed_before_it_is_packed() {
    let Some(packer) = Packer::if_possible("the_app_is_signed_before_it_is_packed") else { return };
    packer.packed();
    let listing = Command::new("zipinfo").arg("-1").arg(packer.zip()).output().unwrap();
    let listing = String::from_utf8_lossy(&listing.stdout);
    assert!(listing.contains("Wick.app/Contents/_CodeSignature/CodeResources"), "{listing}");
    if cfg!(not(target_os = "macos")) {
        let calls = packer.calls();
        assert!(calls.len() == 1 && calls[0].starts_with("rcodesign sign --code-signature-flags runtime"), "{calls:?}");
    }
}

/// No Mac with Apple's chips starts a program without a signature, and nothing else would say so here.
#[cfg(not(target_os = "macos"))]
#[test]
fn where_nothing_can_sign_nothing_is_packed() {
    let packer = Packer::new();
    let bare = packer.folder.path().join("bare");
    fs::create_dir(&bare).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    for name in ["bash", "sh", "uname", "dirname", "sed"] {
        let mut found = std::env::split_paths(&path).map(|folder| folder.join(name));
        std::os::unix::fs::symlink(found.find(|program| program.exists()).unwrap(), bare.join(name)).unwrap();
    }
    let output = packer.pack().env("PATH", &bare).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("cargo install --locked --no-default-features apple-codesign@"),
        "{}",
        said(&output)
    );
    assert_eq!(packer.made(), [""; 0]);
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
    let mut wrong = vec![vec!["--bogus"], vec!["wick"], vec!["--binary", ""], vec!["--man"]];
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

/// Packs as on a Mac, with stand-ins for its programs, and an Apple that answers this.
fn notarized(packer: &Packer, answer: &str) -> (Output, Vec<String>) {
    let key = packer.folder.path().join("key.p8");
    fs::write(&key, "SENTINEL-KEY").unwrap();
    for (name, does) in [
        ("uname", "echo Darwin"),
        ("codesign", ":"),
        ("ditto", "for last; do :; done; echo zip >\"$last\""),
        ("plutil", "case $2 in status) echo \"$ANSWER\" ;; id) echo 5e4d ;; esac"),
        ("xcrun", "[ \"$2\" != log ] || echo the reasons"),
    ] {
        packer.stand_in(name, does);
    }
    let output = packer
        .pack()
        .envs([("ANSWER", answer), ("WICK_SIGN_IDENTITY", "Ada"), ("WICK_REPOSITORY", "acme/wick")])
        .envs([("WICK_NOTARY_KEY_ID", "id"), ("WICK_NOTARY_ISSUER", "issuer")])
        .env("WICK_NOTARY_KEY", &key)
        .output()
        .unwrap();
    (output, packer.calls())
}

#[test]
fn a_notarized_app_is_packed_again_with_its_ticket() {
    let packer = Packer::new();
    let (output, calls) = notarized(&packer, "Accepted");
    assert!(output.status.success(), "{}", said(&output));
    let calls: Vec<_> = calls.iter().filter(|call| !call.starts_with("uname")).collect();
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
    assert_eq!(packer.made().len(), 5);
    let (cask, formula) = (packer.read("wick-app.rb"), packer.read("wick.rb"));
    assert_eq!((field(&cask, "version"), field(&cask, "sha256")), (Some(VERSION), field(&formula, "sha256")));
    for part in [
        "url \"https://github.com/acme/wick/releases/download/v#{version}/Wick-#{version}-macos.zip\"",
        "app \"Wick.app\"",
        "binary \"#{appdir}/Wick.app/Contents/MacOS/wick\"",
        "quit: \"dev.wick.Wick\"",
    ] {
        assert!(cask.contains(part), "{part} is missing:\n{cask}");
    }
    assert!(!cask.contains('@'), "something was not filled in:\n{cask}");
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
    assert!(!calls.iter().any(|call| call.contains("stapler")), "{calls:?}");
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
