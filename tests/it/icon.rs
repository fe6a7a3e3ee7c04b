//! The picture tells the state by its shape, on any panel; the app's own is there in each size that a desktop asks for.

use std::fs;
use std::path::Path;

use wick::platform::tray::icon::{Ink, pixels};
use wick::ports::screen::{CANDLE_STEPS, Icon, Mark, Wax};

/// Each state at each size, on light and dark panels, and as macOS gets it. `INSTA_UPDATE=always cargo test --test it icon::`
/// writes it anew; look at it before you commit it.
const SHEET: &str = "tests/icons.png";
const SIZES: [u16; 5] = [16, 22, 24, 32, 48];
/// Light and dark panels, and macOS' menu bar: what is drawn with, and how bright the panel is.
const PANELS: [(Ink, u8); 3] = [(Ink::Color, 240), (Ink::Color, 43), (Ink::Template, 240)];

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

fn candles() -> Vec<Icon> {
    let burning = (1..=CANDLE_STEPS).rev().map(Wax::Steps);
    let wax: Vec<Wax> = burning.chain([Wax::Puddle, Wax::BurntOut]).collect();
    let marks = [None, Some(Mark::SignInEnds), Some(Mark::Failed), Some(Mark::Busy)];
    marks.iter().flat_map(|mark| wax.iter().map(|wax| Icon::Candle(*wax, *mark))).collect()
}

fn all() -> Vec<Icon> {
    let digits = ["3h", "7h", "12m", "59m", "<1m", "26d", ">999d"].map(|text| Icon::Digits(text.to_owned()));
    candles().into_iter().chain([Icon::Unlit, Icon::Unknown]).chain(digits).collect()
}

/// The picture on a panel: red, green and blue of each pixel.
fn on_panel(icon: &Icon, (ink, panel): (Ink, u8), side: u16) -> Vec<[u8; 3]> {
    let over = |color: u8, alpha: u8| {
        let (color, alpha) = (u32::from(color), u32::from(alpha));
        u8::try_from((color * alpha + u32::from(panel) * (255 - alpha) + 127) / 255).unwrap()
    };
    let pixels = pixels(icon, ink, side);
    pixels
        .chunks(4)
        .map(|pixel| [over(pixel[0], pixel[3]), over(pixel[1], pixel[3]), over(pixel[2], pixel[3])])
        .collect()
}

/// How bright a pixel is, of 255,000.
fn brightness([red, green, blue]: [u8; 3]) -> u32 {
    u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114
}

/// How many pixels of two pictures differ by more than half of the range.
fn difference(one: &[[u8; 3]], other: &[[u8; 3]]) -> usize {
    let differ = |(one, other): &(&[u8; 3], &[u8; 3])| brightness(**one).abs_diff(brightness(**other)) > 127_500;
    one.iter().zip(other).filter(differ).count()
}

/// Whether they are of one state, of which there is more and less.
fn differ_by_amount(one: &Icon, other: &Icon) -> bool {
    match (one, other) {
        (Icon::Candle(Wax::Steps(_), one), Icon::Candle(Wax::Steps(_), other)) => one == other,
        (Icon::Digits(_), Icon::Digits(_)) => true,
        _ => false,
    }
}

#[test]
fn at_16_pixels_any_two_states_differ_at_a_glance_on_every_panel() {
    for panel in PANELS {
        let drawn: Vec<_> = all().into_iter().map(|icon| (on_panel(&icon, panel, 16), icon)).collect();
        for (index, (one, icon)) in drawn.iter().enumerate() {
            for (other, than) in &drawn[..index] {
                let least = if differ_by_amount(icon, than) { 10 } else { 20 };
                let differ = difference(one, other);
                assert!(differ >= least, "{icon:?} differs from {than:?} in {differ} pixels on {panel:?}");
            }
        }
    }
}

#[test]
fn at_16_pixels_every_state_stands_out_from_every_panel() {
    for panel in PANELS {
        let empty = vec![[panel.1; 3]; 256];
        for icon in all() {
            let differ = difference(&on_panel(&icon, panel, 16), &empty);
            assert!(differ >= 20, "{icon:?} differs from {panel:?} in {differ} pixels");
        }
    }
}

#[test]
fn a_template_is_black_and_nothing_touches_the_frame() {
    for (icon, side) in all().iter().flat_map(|icon| SIZES.map(|side| (icon, side))) {
        let rgba = pixels(icon, Ink::Template, side);
        let side = usize::from(side);
        assert_eq!(rgba.len(), side * side * 4);
        assert!(rgba.chunks(4).all(|pixel| pixel[3] == 0 || pixel[..3] == [0, 0, 0]), "{icon:?}");
        let covered = |row: usize, column: usize| rgba[(row * side + column) * 4 + 3] > 127;
        let cut =
            (0..side).any(|at| covered(0, at) || covered(side - 1, at) || covered(at, 0) || covered(at, side - 1));
        // Digits take the whole width, and end between pixels.
        assert!(!cut || matches!(icon, Icon::Digits(_)), "{icon:?} is cut off at {side}");
    }
}

/// What is upright or level is drawn for its size: no pixel is half covered.
#[test]
fn the_candle_and_the_exclamation_mark_are_sharp_at_every_size() {
    for side in SIZES {
        for icon in [Icon::Unknown, Icon::Candle(Wax::Steps(CANDLE_STEPS), Some(Mark::Failed))] {
            let rgba = pixels(&icon, Ink::Template, side);
            // Below the flame.
            let below = rgba.chunks(4).skip(usize::from(side) * usize::from(side) / 2);
            assert!(below.into_iter().all(|pixel| [0, 255].contains(&pixel[3])), "{icon:?} at {side}");
        }
    }
}

#[test]
fn the_exclamation_mark_has_two_pixels_of_air_all_around() {
    let rgba = pixels(&Icon::Candle(Wax::Puddle, Some(Mark::Failed)), Ink::Template, 36);
    let is_empty = |column: usize| (0..36).all(|row| rgba[(row * 36 + column) * 4 + 3] == 0);
    let mark = (0..36).rposition(|column| !is_empty(column)).unwrap();
    let begins = (0..mark).rposition(is_empty).unwrap();
    assert!(is_empty(begins - 1), "the candle is too near to column {begins}");
}

#[test]
fn the_candle_burns_down() {
    let covered = |step| {
        let rgba = pixels(&Icon::Candle(Wax::Steps(step), None), Ink::Template, 16);
        rgba.chunks(4).filter(|pixel| pixel[3] > 127).count()
    };
    let heights: Vec<usize> = (1..=CANDLE_STEPS).map(covered).collect();
    assert!(heights.is_sorted() && heights.first() < heights.last(), "{heights:?}");
}

/// A row of states for each panel and size: width, height and pixels.
fn sheet() -> (usize, usize, Vec<[u8; 3]>) {
    let gap = 4;
    let icons: Vec<Icon> =
        all().into_iter().filter(|icon| !matches!(icon, Icon::Candle(Wax::Steps(1..=3), Some(_)))).collect();
    let cell = usize::from(SIZES[4]) + gap;
    let (width, mut rows) = (icons.len() * cell, Vec::new());
    for (panel, side) in PANELS.into_iter().flat_map(|panel| SIZES.map(|side| (panel, side))) {
        let top = rows.len();
        let side_of = usize::from(side);
        rows.resize(top + side_of + gap, vec![[panel.1; 3]; width]);
        for (column, icon) in icons.iter().enumerate() {
            for (row, line) in on_panel(icon, panel, side).chunks(side_of).enumerate() {
                let left = column * cell + gap / 2;
                rows[top + gap / 2 + row][left..left + side_of].copy_from_slice(line);
            }
        }
    }
    (width, rows.len(), rows.concat())
}

#[test]
fn the_sheet_shows_the_icons_as_they_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SHEET);
    let (width, height, drawn) = sheet();
    if std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always") {
        let file = fs::File::create(&path).unwrap();
        let mut encoder = png::Encoder::new(file, width.try_into().unwrap(), height.try_into().unwrap());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(png::Filter::NoFilter);
        encoder.write_header().unwrap().write_image_data(&drawn.concat()).unwrap();
    }
    let mut committed = png::Decoder::new(std::io::BufReader::new(fs::File::open(&path).unwrap())).read_info().unwrap();
    let mut bytes = vec![0; committed.output_buffer_size().unwrap()];
    let frame = committed.next_frame(&mut bytes).unwrap();
    assert_eq!((frame.width as usize, frame.height as usize), (width, height));
    // Another computer may round otherwise.
    let near = drawn.concat().iter().zip(&bytes).all(|(drawn, committed)| drawn.abs_diff(*committed) <= 2);
    assert!(near, "the icons were changed: write {SHEET} anew, and look at it");
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
