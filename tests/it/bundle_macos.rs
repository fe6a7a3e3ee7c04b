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
            // The real one signs a real program in `.ci/macos-link`.
            packer.stand_in("rcodesign", "for app; do :; done; mkdir \"$app/Contents/_CodeSignature\"; echo >\"$app/Contents/_CodeSignature/CodeResources\"");
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

    fn bin(&self) -> PathBuf {
        self.folder.path().join("bin")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// A program that writes down how it was called, before it does this.
    fn stand_in(&self, name: &str, does: &str) {
        let text = format!("#!/bin/sh\necho \"{name} $*\" >>\"{}\"\n{does}\n", self.log().display());
        write_program(&self.bin().join(name), &text);
    }

    /// How the stand-ins were called, in order.
    fn calls(&self) -> Vec<String> {
        fs::read_to_string(self.log()).unwrap_or_default().lines().map(str::to_owned).collect()
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
            .arg(self.out())
            .env("PATH", format!("{}:{}", self.bin().display(), std::env::var("PATH").unwrap()));
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

/// The text after this word at the start of a line of Ruby.
fn field<'a>(ruby: &'a str, name: &str) -> Option<&'a str> {
    ruby.lines().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(" \"")?.strip_suffix('"'))
}

fn template(name: &str) -> String {
    fs::read_to_string(root().join("bundle/macos").join(name)).unwrap()
}

/// The name that Homebrew has for a release of macOS.
fn release(name: &str) -> &str {
    match name {
        "ventura" => "13.0",
        "sonoma" => "14.0",
        "sequoia" => "15.0",
        _ => panic!("which macOS is {name}?"),
    }
}

/// What the linked program says is compared with this list by `.ci/macos-link`.
#[test]
fn everything_agrees_on_the_oldest_system() {
    let info = dictionary(&root().join("bundle/macos/Info.plist"));
    let oldest = info.get("LSMinimumSystemVersion").and_then(plist::Value::as_string).unwrap();
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let cargo = format!("MACOSX_DEPLOYMENT_TARGET = {{ value = \"{oldest}\", force = true }}");
    assert!(read(".cargo/config.toml").lines().any(|line| line == cargo), "{cargo}");
    for name in ["wick.rb", "wick-app.rb"] {
        let ruby = template(name);
        let needed = ruby.lines().find_map(|line| line.trim().strip_prefix("depends_on macos: :")).unwrap();
        assert_eq!(release(needed), oldest, "{name}");
    }
    let loads = read(".ci/macos/loads.txt");
    let said: Vec<_> = loads.lines().filter_map(|line| line.split_once(" macOS ")).collect();
    assert_eq!(said.len(), 2, "one for each architecture: {said:?}");
    for (_, versions) in said {
        let (program, sdk) = versions.split_once(" sdk ").unwrap();
        assert_eq!(program, oldest);
        assert_ne!(sdk, oldest, "AppKit behaves as the system of the SDK did");
    }
    let (major, _) = oldest.split_once('.').unwrap();
    assert!(read("README.md").contains(&format!("macOS {major} or later")));
}

/// What `brew style` and `brew audit` look at, as far as it can be read without them.
#[test]
fn the_formula_and_the_cask_are_in_the_style_of_homebrew() {
    for name in ["wick.rb", "wick-app.rb"] {
        let ruby = template(name);
        let description = field(&ruby, "desc").unwrap();
        assert!(description.len() <= 80 && !description.ends_with('.') && !description.starts_with("Wick"), "{name}");
        assert!(!description.contains("Mac"), "{name}: it names the platform");
        assert_eq!(field(&ruby, "homepage"), Some("https://github.com/@REPOSITORY@"), "{name}");
        for line in ruby.lines() {
            assert!(line.len() <= 118 && line.trim_end() == line && !line.contains('\t'), "{name}: {line}");
        }
    }
    let formula = template("wick.rb");
    assert!(formula.starts_with("class Wick < Formula\n"), "the class is the file's name");
    let order = ["desc", "homepage", "url", "sha256", "license", "depends_on", "def install", "def caveats", "test do"];
    let places: Vec<_> = order.iter().map(|start| formula.find(&format!("\n  {start}")).expect(start)).collect();
    assert!(places.is_sorted(), "{order:?}: {places:?}");
    assert_eq!(field(&formula, "license"), Some(env!("CARGO_PKG_LICENSE")));
    assert!(!formula.contains("service do"), "a login item opens it, as the menu's switch says");
    let cask = template("wick-app.rb");
    assert!(cask.contains("\ncask \"wick-app\" do\n"), "the token is the file's name");
    let order =
        ["version", "sha256", "url", "name", "desc", "homepage", "depends_on", "app", "binary", "uninstall", "zap"];
    let places: Vec<_> = order.iter().map(|start| cask.find(&format!("\n  {start} ")).expect(start)).collect();
    assert!(places.is_sorted(), "{order:?}: {places:?}");
}

#[test]
fn the_formula_and_the_cask_are_ruby() {
    if Command::new("ruby").arg("--version").output().is_err() {
        skip("the_formula_and_the_cask_are_ruby", "ruby is not installed");
        return;
    }
    for name in ["wick.rb", "wick-app.rb"] {
        let checked = Command::new("ruby").arg("-wc").arg(root().join("bundle/macos").join(name)).output().unwrap();
        assert!(checked.status.success() && checked.stderr.is_empty(), "{name}: {}", said(&checked));
    }
}

/// The formula run by a Homebrew that writes down what it is asked for.
#[test]
fn the_formula_installs_the_app_and_the_command() {
    if Command::new("ruby").arg("--version").output().is_err() {
        skip("the_formula_installs_the_app_and_the_command", "ruby is not installed");
        return;
    }
    let script = root().join("tests/it/bundle/homebrew.rb");
    let ran = Command::new("ruby").arg(script).arg(root().join("bundle/macos/wick.rb")).output().unwrap();
    assert!(ran.status.success(), "{}", said(&ran));
    let done = String::from_utf8(ran.stdout).unwrap();
    let expected = "\
        /keg/Wick.app installs Contents\n\
        /keg/bin links /keg/Wick.app/Contents/MacOS/wick\n\
        completions of /keg/bin/wick completions\n";
    assert!(done.starts_with(expected), "{done}");
    for act in ["open /opt/wick/Wick.app", "wick autostart on"] {
        assert!(done.contains(act), "{done}");
    }
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
