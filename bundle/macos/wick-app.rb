# For a notarized build alone: Homebrew quarantines the app of every cask, and Gatekeeper stops any other.
cask "wick-app" do
  version "@VERSION@"
  sha256 "@SHA256@"

  url "https://github.com/@REPOSITORY@/releases/download/v#{version}/Wick-#{version}-macos.zip"
  name "Wick"
  desc "Menu bar clock for the Claude Code sign-in, with sync to GitHub secrets"
  homepage "https://github.com/@REPOSITORY@"

  # It means this release or a later one; Homebrew has deprecated the form with ">=".
  depends_on macos: :ventura

  app "Wick.app"
  binary "#{appdir}/Wick.app/Contents/MacOS/wick"

  uninstall quit: "dev.wick.Wick"

  # Only `brew uninstall --zap` comes here. The config may have been written by hand, so all of it goes to the Trash,
  # where it can be taken back. The keychain is left alone: `wick github logout` forgets Wick's own token.
  zap trash: [
    "~/.config/wick",
    "~/.local/state/wick",
    "~/Library/Preferences/dev.wick.Wick.plist",
  ]
end
