//! What Claude Code uses instead of the stored sign-in, by its precedence as observed of 2.1.332.

use serde_json::Value;

use crate::domain::settings::CI_TOKEN_NAME;

/// The member of Claude Code's settings that names a program which prints a key.
const KEY_HELPER: &str = "apiKeyHelper";
/// Variables, the strongest first.
const VARIABLES: [&str; 3] = ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", CI_TOKEN_NAME];
/// The variable that chooses among the sign-ins of `ant`, weaker than those.
pub const ANT_PROFILE: &str = "ANTHROPIC_PROFILE";
/// Anthropic's command line for its API, whose sign-in Claude Code uses too.
const ANT: &str = "ant";

/// One thing that overrules the sign-in, by its name alone: what it is set to is nobody's to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overruling {
    /// A variable's name, that of a member of Claude Code's settings, or "ant" for a profile of that program.
    pub name: &'static str,
    /// The settings that it stands in; `None` for the environment.
    pub settings: Option<String>,
}

/// What Claude Code's settings put into its environment under this name.
fn in_env<'a>(settings: &'a Value, name: &str) -> Option<&'a str> {
    as_text(settings.get("env").and_then(|env| env.get(name)))
}

fn as_text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

impl Overruling {
    /// Those among the variables that are set here; `is_set` says whether one has a value.
    pub fn in_environment(is_set: impl Fn(&str) -> bool) -> impl Iterator<Item = Self> {
        VARIABLES.into_iter().filter(move |name| is_set(name)).map(|name| Self { name, settings: None })
    }

    /// Those in Claude Code's settings at this path. Nothing where they make no sense: it ignores them, too.
    pub fn in_settings(text: &[u8], path: &str) -> Vec<Self> {
        let settings = serde_json::from_slice::<Value>(text).unwrap_or_default();
        let helper = as_text(settings.get(KEY_HELPER)).map(|_| KEY_HELPER);
        let variables = VARIABLES.into_iter().filter(|name| in_env(&settings, name).is_some());
        helper.into_iter().chain(variables).map(|name| Self { name, settings: Some(path.to_owned()) }).collect()
    }

    /// The sign-in of `ant` that Claude Code's settings choose.
    pub fn ant_profile_in_settings(text: &[u8]) -> Option<String> {
        let settings = serde_json::from_slice::<Value>(text).unwrap_or_default();
        in_env(&settings, ANT_PROFILE).map(str::to_owned)
    }

    /// A sign-in of `ant`: one that was chosen overrules at once, any other when the sign-in has ended.
    pub fn by_ant(is_chosen: bool) -> Self {
        Self { name: if is_chosen { ANT_PROFILE } else { ANT }, settings: None }
    }

    /// Whether it does nothing before the sign-in has ended.
    pub fn is_for_the_end(&self) -> bool {
        self.name == ANT
    }

    /// Whether what runs with it is paid by use and not by a plan.
    pub fn is_billed(&self) -> bool {
        self.name != CI_TOKEN_NAME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_to_something_overrules_and_its_value_is_not_kept() {
        let text = br#"{"apiKeyHelper": "/bin/key EXAMPLE-VALUE", "env":
            {"ANTHROPIC_API_KEY": " ", "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-EXAMPLE-VALUE", "PATH": "/bin"}}"#;
        let found = Overruling::in_settings(text, "~/.claude/settings.json");
        let names: Vec<_> = found.iter().map(|found| (found.name, found.is_billed())).collect();
        assert_eq!(names, [("apiKeyHelper", true), ("CLAUDE_CODE_OAUTH_TOKEN", false)]);
        assert!(!format!("{found:?}").contains("EXAMPLE-VALUE"));
        for nothing in ["", "[1]", "{", "{\"apiKeyHelper\": 5, \"env\": []}", "null"] {
            assert_eq!(Overruling::in_settings(nothing.as_bytes(), ""), [], "{nothing}");
        }
        let settings = |profile: &str| format!(r#"{{"env": {{"ANTHROPIC_PROFILE": "{profile}"}}}}"#).into_bytes();
        assert_eq!(Overruling::ant_profile_in_settings(&settings("work")).as_deref(), Some("work"));
        assert_eq!(
            (Overruling::ant_profile_in_settings(&settings(" ")), Overruling::ant_profile_in_settings(text)),
            (None, None)
        );
        assert!(Overruling::by_ant(true).is_billed() && !Overruling::by_ant(true).is_for_the_end());
        assert!(Overruling::by_ant(false).is_billed() && Overruling::by_ant(false).is_for_the_end());
        let set = |name: &str| name != "ANTHROPIC_AUTH_TOKEN";
        let names: Vec<_> = Overruling::in_environment(set).map(|found| found.name).collect();
        assert_eq!(names, ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"]);
    }
}
