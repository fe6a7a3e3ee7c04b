//! The picture tells the state by its shape, on any panel.

use std::collections::BTreeSet;

use wick::domain::view::{CANDLE_STEPS, Icon};
use wick::platform::tray::icon::{GRID, Ink, SCALE, pixels};

fn all() -> Vec<Icon> {
    let candles = (1..=CANDLE_STEPS).map(Icon::Candle);
    let digits = ["3h", "7h", "12m", "59m", "<1m", "26d", ">999d"].map(|text| Icon::Digits(text.to_owned()));
    let troubled = (1..=CANDLE_STEPS).map(Icon::Troubled);
    let syncing = (1..=CANDLE_STEPS).map(Icon::Syncing);
    candles.chain(troubled).chain(syncing).chain([Icon::BurntOut, Icon::Unlit, Icon::Unknown]).chain(digits).collect()
}

/// Which pixels are covered, whatever their color.
fn shape(icon: &Icon) -> Vec<bool> {
    pixels(icon, Ink::Template).unwrap().chunks(4).map(|pixel| pixel[3] > 127).collect()
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
        let rgba = pixels(icon, Ink::Template).unwrap();
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
        let rgba = pixels(&icon, Ink::Template).unwrap();
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
        let rgba = pixels(&icon, Ink::Color).unwrap();
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
