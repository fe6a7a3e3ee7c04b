//! What a GitHub token looks like, as far as GitHub documents it.

use super::paste::{Shape, Unclear, find, plain};
use super::secret::Secret;

/// By GitHub's own page on its token formats; they may become longer.
const SHAPES: [Shape; 4] = [
    Shape { beginning: "ghp_", length: 40 },
    Shape { beginning: "gho_", length: 40 },
    Shape { beginning: "ghu_", length: 40 },
    Shape { beginning: "github_pat_", length: 93 },
];
/// How every token of Anthropic's begins.
const OF_CLAUDE: &str = "sk-ant-";

/// Why a text is not taken for a GitHub token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOne {
    /// No token, or not exactly one, stands in it.
    Unclear(Unclear),
    /// It is one of Claude's, which GitHub must not see.
    OfClaude,
}

/// The one token in what was pasted or piped in. Where none of the known forms begins, all of it is taken for one, as those
/// of older servers are.
pub fn parse(text: &Secret) -> Result<Secret, NotOne> {
    let text = plain(text);
    if text.expose().contains(OF_CLAUDE) {
        return Err(NotOne::OfClaude);
    }
    match find(&text, &SHAPES) {
        Err(Unclear::Unlike) => text.as_token().ok_or(NotOne::Unclear(Unclear::Unlike)),
        found => found.map_err(NotOne::Unclear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_known_form_is_found_and_an_unknown_one_is_taken_whole() {
        let check = |text: &str, expected: Result<&str, NotOne>| {
            let found = parse(&Secret::from(text.to_owned()));
            assert_eq!(found.as_ref().map(Secret::expose).map_err(|why| *why), expected, "{text:?}");
        };
        let fine = format!("github_pat_{:A<82}", "EXAMPLE");
        let classic = format!("ghp_{:A<36}", "EXAMPLE");
        check(&format!("export GH_TOKEN='{classic}'\n"), Ok(&classic));
        check(&format!("{}\r\n{}\r\n", &fine[..80], &fine[80..]), Ok(&fine));
        check(&fine[..80], Err(NotOne::Unclear(Unclear::Half { characters: 80, of: 93 })));
        check(&format!("{fine} {classic}"), Err(NotOne::Unclear(Unclear::Several(2))));
        check(" 0123456789abcdef\u{200b}\n", Ok("0123456789abcdef"));
        check("two words", Err(NotOne::Unclear(Unclear::Unlike)));
        check(" \n", Err(NotOne::Unclear(Unclear::Nothing)));
        check("sk-ant-oat01-EXAMPLE", Err(NotOne::OfClaude));
    }
}
