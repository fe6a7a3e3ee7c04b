class Wick < Formula
  desc "Menu bar clock for the Claude Code sign-in, with sync to GitHub secrets"
  homepage "https://github.com/@REPOSITORY@"
  url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/Wick-@VERSION@-macos.zip"
  sha256 "@SHA256@"
  license "MIT"

  # It means this release or a later one.
  depends_on macos: :ventura

  def install
    # Homebrew has gone into the only folder of the zip, which is the app.
    (prefix/"Wick.app").install "Contents"
    bin.install_symlink prefix/"Wick.app/Contents/MacOS/wick"
    man1.install_symlink Dir[prefix/"Wick.app/Contents/Resources/man/man1/*"]
    man5.install_symlink Dir[prefix/"Wick.app/Contents/Resources/man/man5/*"]
    generate_completions_from_executable(bin/"wick", "completions")
  end

  def caveats
    <<~EOS
      Open the app once, so that the system knows it, and let it open at login:
        open #{opt_prefix}/Wick.app
        wick autostart on
      An upgrade lays the app somewhere else. Then the login item is made anew:
        wick autostart off && wick autostart on
    EOS
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/wick --version")
    system "/usr/bin/codesign", "--verify", "--strict", prefix/"Wick.app"
  end
end
