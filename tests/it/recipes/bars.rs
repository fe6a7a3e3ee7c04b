//! Status bars.

use super::*;

#[test]
fn swiftbar_gets_a_title_and_a_menu() {
    if lacks("swiftbar_gets_a_title_and_a_menu", &["bash", "jq"]) {
        return;
    }
    let plugin = "status-bars/swiftbar/wick.1m.sh";
    let head = text(plugin);
    for tag in ["xbar.title", "xbar.version", "xbar.desc", "xbar.dependencies"] {
        assert!(head.contains(&format!("# <{tag}>")) && head.contains(&format!("</{tag}>")), "{tag}");
    }
    let run = |home: &Home| {
        let (code, printed, complaints) = ran(&mut program(home, recipe(plugin)));
        assert_eq!((code, complaints.as_str()), (Some(0), ""), "SwiftBar shows a warning sign otherwise");
        let lines: Vec<String> = printed.lines().map(str::to_owned).collect();
        assert_eq!(lines[1], "---", "{printed}");
        lines
    };
    let home = Home::signed_in(7 * 3600 - 30);
    home.write_config("[credential]\nsource = \"file\"\n");
    link_wick(&home);
    let lines = run(&home);
    assert_eq!((lines[0].as_str(), lines[2].as_str()), ("🕯 6h 59m", "Access token: 6h 59m left"));
    assert_eq!(lines[3], "Sign-in: 19d 23h left");
    let wick = home.path().join("bin/wick").display().to_string();
    let refresh = format!("Refresh now | bash=\"{wick}\" param1=refresh terminal=true refresh=true");
    assert!(lines.contains(&refresh), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("Sync now")), "there is nowhere to sync to");
    fs::remove_dir_all(home.path().join(".claude")).unwrap();
    let lines = run(&home);
    assert_eq!(lines[0], "🕯 no sign-in");
    assert!(lines[2].contains(".claude"), "{lines:?}");
    let home = Home::new();
    home.add_program("wick", &stand_in(&status("fresh", 45)));
    let lines = run(&home);
    assert_eq!((lines[0].as_str(), lines[3].as_str()), ("🕯 <1m", "acme/api: failed"));
    // A bar begins parameters, and dashes a submenu.
    assert_eq!((lines[4].as_str(), lines[5].as_str()), ("use <b> & \"c\" ¦ color=red", "do this"));
    assert!(lines.iter().any(|line| line.starts_with("Sync now | bash=")), "{lines:?}");
}
