# For a system that is made from a description: pkgs.callPackage ./package.nix { }
{
  lib,
  rustPlatform,
  installShellFiles,
}:

let
  root = ../../..;
  manifest = lib.importTOML (root + "/Cargo.toml");
in
rustPlatform.buildRustPackage {
  pname = "wick";
  inherit (manifest.package) version;

  src = lib.cleanSource root;
  cargoLock.lockFile = root + "/Cargo.lock";

  nativeBuildInputs = [ installShellFiles ];

  # They start message buses, panels and servers; `.ci/run` runs them.
  doCheck = false;

  postBuild = ''
    cargo run --offline --example man -- man
  '';

  postInstall = ''
    installManPage man/man1/* man/man5/*
    installShellCompletion --cmd wick \
      --bash <($out/bin/wick completions bash) \
      --fish <($out/bin/wick completions fish) \
      --zsh <($out/bin/wick completions zsh)
    install -Dm644 bundle/linux/wick.desktop -t $out/share/applications
    mkdir -p $out/share/icons
    cp -R resources/icons/hicolor $out/share/icons/
  '';

  meta = {
    inherit (manifest.package) description;
    license = lib.licenses.mit;
    mainProgram = "wick";
    platforms = lib.platforms.linux;
  };
}
