//! `bundle/linux/package.sh` makes a Debian package and a tarball. Both are opened here, and looked at as a desktop does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{fs, io};

use tempfile::TempDir;

use crate::support::{skip, write_program};

/// The sizes in which desktops look for an icon.
const SIZES: [u32; 8] = [16, 24, 32, 48, 64, 128, 256, 512];

/// What stands for the manual.
const MAN_PAGES: [&str; 3] = ["man/man1/wick.1", "man/man1/wick-sync.1", "man/man5/wick-config.5"];

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn package_script() -> PathBuf {
    project().join("bundle/linux/package.sh")
}

/// What a program printed; it must succeed.
fn printed(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// What the script needs and is not there.
fn missing() -> Option<String> {
    let script = fs::read_to_string(package_script()).unwrap();
    let version = script.lines().find_map(|line| line.strip_prefix("CARGO_DEB=")).unwrap();
    let found = Command::new("cargo").args(["deb", "--version"]).output();
    if !found.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == format!("cargo-deb {version}")) {
        return Some(format!("cargo-deb {version}"));
    }
    let programs = ["dpkg-deb", "dpkg-shlibdeps", "desktop-file-validate"];
    programs.iter().find(|name| Command::new(name).arg("--version").output().is_err()).map(|name| (*name).to_owned())
}

struct Packages {
    folder: TempDir,
    /// What the script said that it made.
    made: Vec<PathBuf>,
}

impl Packages {
    /// Makes them around a program that repeats its arguments, or says why `test` is skipped.
    fn make(test: &str) -> Option<Self> {
        if let Some(missing) = missing() {
            skip(test, &format!("{missing} is not installed"));
            return None;
        }
        let mut packages = Self { folder: tempfile::tempdir().unwrap(), made: Vec::new() };
        write_program(&packages.folder.path().join("wick"), "#!/bin/sh\necho \"$*\"\n");
        for page in MAN_PAGES {
            let page = packages.folder.path().join(page);
            fs::create_dir_all(page.parent().unwrap()).unwrap();
            fs::write(page, ".TH WICK\n").unwrap();
        }
        packages.make_again();
        Some(packages)
    }

    fn make_again(&mut self) {
        // With a umask that would let nobody else read what is made.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "umask 077; exec \"$0\" \"$@\""]).arg(package_script());
        command.arg("--binary").arg(self.folder.path().join("wick")).arg("--out").arg(self.out());
        command.arg("--man").arg(self.folder.path().join("man"));
        self.made = printed(&mut command).lines().map(PathBuf::from).collect();
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn deb(&self) -> PathBuf {
        self.out().join(format!("wick_{}-1_{}.deb", debian_version(), architecture()))
    }

    fn tarball(&self) -> PathBuf {
        let name = format!("wick-{}-linux-{}.tar.gz", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
        self.out().join(name)
    }

    /// Unpacks the package as `dpkg` does; returns its `usr`.
    fn unpacked_deb(&self) -> PathBuf {
        let root = self.folder.path().join("root");
        printed(Command::new("dpkg-deb").arg("--extract").arg(self.deb()).arg(&root));
        root.join("usr")
    }

    /// Unpacks the tarball as the script's first lines say; returns where.
    fn unpacked_tarball(&self) -> PathBuf {
        let prefix = self.folder.path().join("local");
        fs::create_dir(&prefix).unwrap();
        let mut tar = Command::new("tar");
        printed(tar.args(["-x", "--strip-components=1", "-C"]).arg(&prefix).arg("-f").arg(self.tarball()));
        prefix
    }
}

/// What comes before a version sorts before it by a tilde.
fn debian_version() -> String {
    env!("CARGO_PKG_VERSION").replacen('-', "~", 1)
}

/// Debian's name for the machine.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// The files of a listing, with their modes. Everything must be root's, and every folder open to all.
fn files(listing: &str, prefix: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for line in listing.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [mode, owner, _, _, _, path] = words[..] else { panic!("not understood: {line}") };
        assert!(["0/0", "root/root"].contains(&owner), "{line}");
        // The folders above are Debian's own, and in the package all the same.
        let Some(path) = path.strip_prefix(prefix) else {
            assert!(prefix.starts_with(path), "outside of {prefix}: {line}");
            continue;
        };
        if path.is_empty() || path.ends_with('/') {
            assert_eq!(mode, "drwxr-xr-x", "{line}");
        } else {
            assert_eq!(files.insert(path.to_owned(), mode.to_owned()), None, "twice: {line}");
        }
    }
    files
}

/// What must be there, with modes: the program, what is named, and the icons.
fn expected(named: &[&str]) -> BTreeMap<String, String> {
    let icons = SIZES.map(|size| format!("share/icons/hicolor/{size}x{size}/apps/wick.png"));
    let plain = named.iter().map(|name| (*name).to_owned()).chain(icons);
    let mut files: BTreeMap<String, String> = plain.map(|name| (name, "-rw-r--r--".to_owned())).collect();
    files.insert("share/icons/hicolor/scalable/apps/wick.svg".to_owned(), "-rw-r--r--".to_owned());
    files.insert("bin/wick".to_owned(), "-rwxr-xr-x".to_owned());
    files.insert("share/doc/wick/CHANGELOG.md".to_owned(), "-rw-r--r--".to_owned());
    for page in fs::read_dir(project().join("docs")).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        files.insert(format!("share/doc/wick/docs/{name}"), "-rw-r--r--".to_owned());
    }
    files
}

/// The values of a key in a desktop entry.
fn values(entry: &Path, key: &str) -> Vec<String> {
    let text = fs::read_to_string(entry).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines.filter(|(name, _)| *name == key).map(|(_, value)| value.to_owned()).collect()
}

/// Looks at an unpacked tree as a desktop does: are the entries valid, and is there an icon of their name?
fn check_as_a_desktop(tree: &Path, entries: &[&str]) {
    for entry in entries {
        let entry = tree.join(entry);
        let Output { status, stdout, stderr } = Command::new("desktop-file-validate").arg(&entry).output().unwrap();
        let said = [stdout, stderr].concat();
        assert!(status.success() && said.is_empty(), "{}: {}", entry.display(), String::from_utf8_lossy(&said));
        let icons = values(&entry, "Icon");
        let [icon] = &icons[..] else { panic!("{} has not one icon", entry.display()) };
        for size in SIZES {
            let png = fs::read(tree.join(format!("share/icons/hicolor/{size}x{size}/apps/{icon}.png"))).unwrap();
            assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
            let side = size.to_be_bytes();
            assert_eq!((&png[16..20], &png[20..24]), (&side[..], &side[..]), "the picture in {size}x{size}");
        }
        let svg = tree.join(format!("share/icons/hicolor/scalable/apps/{icon}.svg"));
        assert!(fs::read_to_string(svg).unwrap().contains("<svg"));
    }
}

#[test]
fn the_debian_package_is_complete() {
    let Some(packages) = Packages::make("the_debian_package_is_complete") else { return };
    let field = |name: &str| printed(Command::new("dpkg-deb").arg("--field").arg(packages.deb()).arg(name));
    assert_eq!(field("Package"), "wick\n");
    assert_eq!(field("Version"), format!("{}-1\n", debian_version()));
    assert_eq!(field("Architecture"), format!("{}\n", architecture()));
    let listing = printed(Command::new("dpkg-deb").arg("--contents").arg(packages.deb()));
    assert!(!listing.contains("./etc"), "{listing}");
    let named = [
        "share/applications/wick.desktop",
        "share/bash-completion/completions/wick",
        "share/doc/wick/README.md",
        "share/doc/wick/copyright",
        "share/doc/wick/examples/autostart/wick.desktop",
        "share/doc/wick/examples/config.toml",
        "share/fish/vendor_completions.d/wick.fish",
        "share/zsh/vendor-completions/_wick",
        // Debian has them compressed.
        "share/man/man1/wick.1.gz",
        "share/man/man1/wick-sync.1.gz",
        "share/man/man5/wick-config.5.gz",
    ];
    assert_eq!(files(&listing, "./usr/"), expected(&named));
    let usr = packages.unpacked_deb();
    let autostart = "share/doc/wick/examples/autostart/wick.desktop";
    check_as_a_desktop(&usr, &["share/applications/wick.desktop", autostart]);
    assert_eq!(fs::read_to_string(usr.join("share/zsh/vendor-completions/_wick")).unwrap(), "completions zsh\n");
}

#[test]
fn the_tarball_is_complete() {
    let Some(packages) = Packages::make("the_tarball_is_complete") else { return };
    let listing = printed(Command::new("tar").arg("-tvf").arg(packages.tarball()));
    let named = [
        "share/applications/wick.desktop",
        "share/bash-completion/completions/wick",
        "share/doc/wick/LICENSE",
        "share/doc/wick/README.md",
        "share/fish/vendor_completions.d/wick.fish",
        "share/zsh/site-functions/_wick",
        "share/man/man1/wick.1",
        "share/man/man1/wick-sync.1",
        "share/man/man5/wick-config.5",
    ];
    assert_eq!(files(&listing, &format!("wick-{}/", env!("CARGO_PKG_VERSION"))), expected(&named));
    let prefix = packages.unpacked_tarball();
    check_as_a_desktop(&prefix, &["share/applications/wick.desktop"]);
    assert_eq!(printed(Command::new(prefix.join("bin/wick")).arg("it runs")), "it runs\n");
    for (shell, file) in [
        ("bash", "bash-completion/completions/wick"),
        ("zsh", "zsh/site-functions/_wick"),
        ("fish", "fish/vendor_completions.d/wick.fish"),
    ] {
        let script = fs::read_to_string(prefix.join("share").join(file)).unwrap();
        assert_eq!(script, format!("completions {shell}\n"));
    }
}

#[test]
fn packages_have_checksums_and_are_the_same_when_made_again() {
    let test = "packages_have_checksums_and_are_the_same_when_made_again";
    let Some(mut packages) = Packages::make(test) else { return };
    let with_checksum = |path: PathBuf| [path.clone(), PathBuf::from(format!("{}.sha256", path.display()))];
    let expected = [with_checksum(packages.deb()), with_checksum(packages.tarball())].concat();
    assert_eq!(packages.made, expected);
    for file in [packages.deb(), packages.tarball()] {
        let name = file.file_name().unwrap().to_str().unwrap();
        let checksum = format!("{name}.sha256");
        let text = fs::read_to_string(packages.out().join(&checksum)).unwrap();
        assert!(text.ends_with(&format!("  {name}\n")), "a bare name: {text}");
        printed(Command::new("sha256sum").args(["--check", "--strict"]).arg(checksum).current_dir(packages.out()));
    }
    let contents = |made: &[PathBuf]| made.iter().map(|file| fs::read(file).unwrap()).collect::<Vec<_>>();
    let first = contents(&packages.made);
    let old = ["wick_0.0.1-1_amd64.deb", "wick_0.0.1-1_amd64.deb.sha256", "wick-0.0.1-linux-x86_64.tar.gz"];
    for name in old.iter().chain(&["Wick-0.0.1.dmg"]) {
        fs::write(packages.out().join(name), "old").unwrap();
    }
    packages.make_again();
    assert!(first == contents(&packages.made), "the same program gives the same bytes");
    assert!(old.iter().all(|name| !packages.out().join(name).exists()), "an older version is no part of this one");
    assert!(packages.out().join("Wick-0.0.1.dmg").exists(), "what it never makes it leaves alone");
    assert_eq!(fs::read_dir(packages.out()).unwrap().count(), packages.made.len() + 1);
}

#[test]
fn package_sh_refuses_what_it_does_not_know() {
    for arguments in [&["--bogus"][..], &["--out"], &["--binary", ""], &["--man"], &["wick"]] {
        let output = Command::new(package_script()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage: "), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}

/// What bash makes of the file: each field with its values, as `makepkg --printsrcinfo` prints them.
fn fields_of_pkgbuild(pkgbuild: &str) -> Vec<String> {
    let print = "for field in pkgdesc pkgver pkgrel url arch license makedepends depends optdepends options source \
                 sha256sums; do declare -n values=$field; printf \"$field = %s\\n\" \"${values[@]}\"; done";
    let script = format!("set -eu\n{pkgbuild}\n{print}");
    printed(Command::new("bash").args(["-c", &script]).current_dir(project())).lines().map(str::to_owned).collect()
}

#[test]
fn the_package_for_arch_is_of_this_version_and_says_so_twice() {
    let read = |path: &str| fs::read_to_string(project().join(path)).unwrap();
    let build = read("bundle/linux/aur/PKGBUILD");
    let fields = fields_of_pkgbuild(&build);
    // Arch takes no dash in a version.
    let version = format!("pkgver={}\n", env!("CARGO_PKG_VERSION").replace('-', "_"));
    assert!(build.contains(&version), "{build}");
    let stated = read("bundle/linux/aur/.SRCINFO");
    let stated: Vec<&str> = stated.lines().filter_map(|line| line.strip_prefix('\t')).collect();
    assert_eq!(stated, fields, "makepkg --printsrcinfo would say something else");
    let of_a_preview = build.replace(&version, "pkgver=0.2.0_rc.1\n");
    let tag = "source = git+https://github.com/@REPOSITORY@.git#tag=v0.2.0-rc.1";
    assert!(fields_of_pkgbuild(&of_a_preview).iter().any(|field| field == tag), "{of_a_preview}");
    for packed in ["resources/icons/hicolor", "bundle/linux/wick.desktop", "LICENSE", "README.md", "CHANGELOG.md"] {
        assert!(build.contains(packed) && project().join(packed).exists(), "{packed}");
    }
}

/// As Nix reads them, where it is installed; else only whether their brackets are pairs.
#[test]
fn the_files_for_nix_are_nix() {
    let folder = project().join("bundle/linux/nix");
    for name in ["flake.nix", "package.nix"] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let count = |sign: char| text.matches(sign).count();
        for (open, close) in [('{', '}'), ('(', ')'), ('[', ']')] {
            assert_eq!(count(open), count(close), "{name}: {open}");
        }
    }
    // From where they are, this is the project.
    assert!(folder.join("../../../Cargo.lock").is_file());
    for name in ["flake.nix", "package.nix"] {
        let parsed = Command::new("nix-instantiate").arg("--parse").arg(folder.join(name)).output();
        if parsed.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return skip("the_files_for_nix_are_nix", "nix-instantiate is not installed");
        }
        let parsed = parsed.unwrap();
        assert!(parsed.status.success(), "{name}: {}", String::from_utf8_lossy(&parsed.stderr));
    }
}

#[test]
fn the_autostart_entry_has_the_line_that_wick_replaces() {
    let entry = fs::read_to_string(project().join("bundle/linux/autostart/wick.desktop")).unwrap();
    assert_eq!(entry.lines().filter(|line| line.starts_with("Exec")).collect::<Vec<_>>(), ["Exec=wick"]);
    // A panel may hide what it is told not to display from the list in which a user switches it off.
    assert!(!entry.contains("NoDisplay"));
}
