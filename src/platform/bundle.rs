//! The app bundle that a program lies in. macOS gives an icon and notifications to bundles only.

use std::path::{Path, PathBuf};

/// The program in its bundle, where it was started by a link from outside, such as Homebrew's in `bin`: the system does
/// not follow that link when it looks for the bundle.
pub fn behind_link(program: &Path) -> Option<PathBuf> {
    let real = program.canonicalize().ok()?;
    let is_inside = real.parent().is_some_and(|folder| folder.ends_with("Contents/MacOS"));
    (is_inside && real != program).then_some(real)
}

/// Where the bundle is that the system takes this program for a part of.
#[cfg(target_os = "macos")]
pub fn path() -> Option<String> {
    crate::platform::pool::in_a_pool(|| {
        let bundle = objc2_foundation::NSBundle::mainBundle();
        bundle.bundleIdentifier().map(|_| bundle.bundlePath().to_string())
    })
}

/// Becomes the program in the bundle, where this one was started by a link to it. Returns where there is nothing to do.
#[cfg(target_os = "macos")]
pub fn enter() {
    use std::os::unix::process::CommandExt;

    if let Some(real) = std::env::current_exe().ok().and_then(|program| behind_link(&program)) {
        let error = std::process::Command::new(&real).args(std::env::args_os().skip(1)).exec();
        tracing::warn!("{} could not be started: {error}", real.display());
    }
}

/// Elsewhere a program needs no bundle.
#[cfg(not(target_os = "macos"))]
pub fn enter() {}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_from_outside_is_followed_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("it is there");
        let inside = root.join("Wick.app/Contents/MacOS/wick");
        fs::create_dir_all(inside.parent().expect("a file in a folder")).expect("a writable folder");
        let bare = root.join("wick-bare");
        for program in [&inside, &bare] {
            fs::write(program, "").expect("a writable folder");
        }
        let (link, other) = (root.join("wick"), root.join("other"));
        symlink(&inside, &link).expect("a writable folder");
        symlink(&bare, &other).expect("a writable folder");
        assert_eq!(behind_link(&link), Some(inside.clone()));
        for program in [inside, bare, other, root.join("absent")] {
            assert_eq!(behind_link(&program), None, "{}", program.display());
        }
    }
}
