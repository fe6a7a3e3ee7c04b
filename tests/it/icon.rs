//! The picture tells the state by its shape, on any panel; the app's own is there in each size that a desktop asks for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use wick::platform::tray::icon::{GRID, Ink, SCALE, pixels};
use wick::ports::screen::{CANDLE_STEPS, Icon};

/// What each element of the icon holds: its type, and the side of its picture.
const ICNS: [(&str, u32); 8] = [
    ("ic07", 128),
    ("ic08", 256),
    ("ic09", 512),
    ("ic10", 1024),
    ("ic11", 32),
    ("ic12", 64),
    ("ic13", 256),
    ("ic14", 512),
];

fn all() -> Vec<Icon> {
    let candles = (1..=CANDLE_STEPS).map(Icon::Candle);
    let digits = ["3h", "7h", "12m", "59m", "<1m", "26d", ">999d"].map(|text| Icon::Digits(text.to_owned()));
    let troubled = (1..=CANDLE_STEPS).map(Icon::Troubled);
    let syncing = (1..=CANDLE_STEPS).map(Icon::Syncing);
    candles.chain(troubled).chain(syncing).chain([Icon::BurntOut, Icon::Unlit, Icon::Unknown]).chain(digits).collect()
}

/// Which pixels are covered, whatever their color.
fn shape(icon: &Icon) -> Vec<bool> {
    pixels(icon, Ink::Template).chunks(4).map(|pixel| pixel[3] > 127).collect()
}

#[test]
fn every_state_has_a_shape_of_its_own() {
    let shapes: BTreeSet<Vec<bool>> = all().iter().map(shape).collect();
    assert_eq!(shapes.len(), all().len());
}

/// A display without doubled pixels shows the average of each square of two by two.
#[test]
fn at_one_pixel_a_unit_every_state_still_has_a_shape_of_its_own() {
    let side = (GRID * SCALE) as usize;
    let halved = |icon: &Icon| -> Vec<bool> {
        let rgba = pixels(icon, Ink::Template);
        let covered = |row: usize, column: usize| u32::from(rgba[(row * side + column) * 4 + 3]);
        let square = |index: usize| {
            let (row, column) = (index / (side / 2) * 2, index % (side / 2) * 2);
            (covered(row, column) + covered(row, column + 1) + covered(row + 1, column) + covered(row + 1, column + 1))
                / 4
        };
        (0..side * side / 4).map(|index| square(index) > 127).collect()
    };
    let shapes: BTreeSet<Vec<bool>> = all().iter().map(halved).collect();
    assert_eq!(shapes.len(), all().len());
}

#[test]
fn a_template_is_black_and_nothing_touches_the_frame() {
    let side = (GRID * SCALE) as usize;
    for icon in all() {
        let rgba = pixels(&icon, Ink::Template);
        assert_eq!(rgba.len(), side * side * 4);
        assert!(rgba.chunks(4).all(|pixel| pixel[3] == 0 || pixel[..3] == [0, 0, 0]), "{icon:?}");
        let shape = shape(&icon);
        let frame = |index: usize| {
            index / side == 0 || index / side == side - 1 || index.is_multiple_of(side) || index % side == side - 1
        };
        assert!(!shape.iter().enumerate().any(|(index, covered)| *covered && frame(index)), "{icon:?} is cut off");
    }
}

#[test]
fn on_linux_both_light_and_dark_are_in_every_picture() {
    for icon in all() {
        let rgba = pixels(&icon, Ink::Color);
        let solid = || {
            rgba.chunks(4)
                .filter(|pixel| pixel[3] == 255)
                .map(|pixel| u32::from(pixel[0]) + u32::from(pixel[1]) + u32::from(pixel[2]))
        };
        assert!(solid().any(|light| light > 600), "{icon:?} vanishes on a dark panel");
        assert!(solid().any(|light| light < 150), "{icon:?} vanishes on a light panel");
    }
}

#[test]
fn the_candle_burns_down() {
    let covered = |step| shape(&Icon::Candle(step)).iter().filter(|covered| **covered).count();
    let heights: Vec<usize> = (1..=CANDLE_STEPS).map(covered).collect();
    assert!(heights.is_sorted() && heights.first() < heights.last(), "{heights:?}");
}

#[test]
fn the_candle_is_as_sharp_at_one_pixel_a_unit_as_at_two() {
    // Every edge of the wax lies on the grid: a square of two by two pixels is all covered or all free.
    let side = (GRID * SCALE) as usize;
    let shape = shape(&Icon::Candle(CANDLE_STEPS));
    for row in (18..40).step_by(2) {
        for column in (0..side).step_by(2) {
            let square =
                [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(down, right)| shape[(row + down) * side + column + right]);
            assert!(square.iter().all(|covered| *covered == square[0]), "row {row}, column {column}");
        }
    }
}

/// The elements of an icon: each one's type and content.
fn elements(icns: &[u8]) -> Vec<(String, &[u8])> {
    let length = |at: usize| u32::from_be_bytes(icns[at + 4..at + 8].try_into().unwrap()) as usize;
    assert_eq!(&icns[..4], b"icns");
    assert_eq!(length(0), icns.len());
    let mut elements = Vec::new();
    let mut at = 8;
    while at < icns.len() {
        let end = at + length(at);
        elements.push((String::from_utf8_lossy(&icns[at..at + 4]).into_owned(), &icns[at + 8..end]));
        at = end;
    }
    elements
}

/// Width and height, as a PNG says them of itself.
fn png_size(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(&png[12..16], b"IHDR");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn the_icon_has_each_size_once() {
    let icns = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("resources/Wick.icns")).unwrap();
    let elements = elements(&icns);
    for (name, side) in ICNS {
        let found: Vec<_> = elements.iter().filter(|(of, _)| of == name).collect();
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(png_size(found[0].1), (side, side), "{name}");
    }
    for (name, _) in &elements {
        assert!(name == "TOC " || ICNS.iter().any(|(known, _)| known == name), "{name}");
    }
    let theme = Path::new(env!("CARGO_MANIFEST_DIR")).join("resources/icons/hicolor");
    for side in [16, 24, 32, 48, 64, 128, 256, 512] {
        let png = fs::read(theme.join(format!("{side}x{side}/apps/wick.png"))).unwrap();
        assert_eq!(png_size(&png), (side, side));
    }
    assert!(fs::read_to_string(theme.join("scalable/apps/wick.svg")).unwrap().contains("viewBox=\"0 0 1024 1024\""));
}
