# nix run 'github:OWNER/NAME?dir=bundle/linux/nix'
{
  description = "Shows in the menu bar how long Claude Code's sign-in lasts, refreshes it, and syncs it to GitHub secrets";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
    {
      packages = nixpkgs.lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: {
        default = nixpkgs.legacyPackages.${system}.callPackage ./package.nix { };
      });
    };
}
