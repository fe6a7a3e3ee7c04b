//! Draws the icon: a candle that burns down, or the time left in digits.
//!
//! Everything lies on a grid of 22 units, the height of an icon in a menu bar, and is drawn at two pixels a unit: edges
//! on the grid stay sharp at both sizes. A pixel is covered by how far its middle is inside of a shape.

use crate::ports::screen::{CANDLE_STEPS, Icon};

/// The side of the grid, in units.
pub const GRID: u16 = 22;
/// Pixels a unit.
pub const SCALE: u16 = 2;

/// What the icon is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Black and transparent: macOS colors it for its menu bar.
    Template,
    /// Light with a dark edge: readable on light and dark panels.
    Color,
}

/// Draws for the menu bar of this system.
pub fn draw(icon: &Icon) -> Option<tray_icon::Icon> {
    let side = u32::from(GRID * SCALE);
    let ink = if cfg!(target_os = "macos") { Ink::Template } else { Ink::Color };
    tray_icon::Icon::from_rgba(pixels(icon, ink), side, side).ok()
}

/// The picture as rows of RGBA pixels, not premultiplied, [`GRID`] times [`SCALE`] a side.
pub fn pixels(icon: &Icon, ink: Ink) -> Vec<u8> {
    let shapes = shapes(icon);
    let layers: Vec<Layer<'_>> = match ink {
        Ink::Template => shapes.iter().map(|shape| (shape, 0.0, BLACK)).collect(),
        Ink::Color => shapes.iter().flat_map(|shape| [(shape, EDGE_WIDTH, EDGE), (shape, 0.0, shape.color)]).collect(),
    };
    let middles = || (0..GRID * SCALE).map(|pixel| (f32::from(pixel) + 0.5) / f32::from(SCALE));
    middles().flat_map(|y| middles().flat_map(move |x| [(x, y)])).flat_map(|at| pixel(&layers, at)).collect()
}

/// A color, of which 255 is the most.
type Color = [f32; 3];
const BLACK: Color = [0.0; 3];
const EDGE: Color = [36.0, 34.0, 32.0];
const WAX: Color = [255.0, 244.0, 220.0];
const FLAME: Color = [255.0, 160.0, 30.0];

/// In units.
const EDGE_WIDTH: f32 = 1.0;

/// A shape, by how much it is made larger all around, and in which color.
type Layer<'a> = (&'a Shape, f32, Color);

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "all are from 0 to 255")]
fn pixel(layers: &[Layer<'_>], at: Point) -> [u8; 4] {
    let mut premultiplied = [0.0; 4];
    for (shape, more, [red, green, blue]) in layers {
        let covered = (0.5 - (shape.distance(at) - more) * f32::from(SCALE)).clamp(0.0, 1.0);
        for (below, color) in premultiplied.iter_mut().zip([red, green, blue, &255.0]) {
            *below += (color - *below) * covered;
        }
    }
    let [red, green, blue, alpha] = premultiplied;
    let plain = |color: f32| if alpha == 0.0 { 0 } else { (color * 255.0 / alpha).round() as u8 };
    [plain(red), plain(green), plain(blue), alpha.round() as u8]
}

/// From the left and from the top, in units.
type Point = (f32, f32);

/// Lines of one width along points, or where there is no width the area within them.
#[derive(Clone)]
struct Shape {
    lines: Vec<Vec<Point>>,
    width: Option<f32>,
    color: Color,
}

impl Shape {
    /// Within an outline that ends where it begins.
    fn area(outline: Vec<Point>, color: Color) -> Self {
        Self { lines: vec![outline], width: None, color }
    }

    fn rectangle(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self::area(vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], WAX)
    }

    fn lines(width: f32, lines: &[&[Point]]) -> Self {
        Self { lines: lines.iter().map(|line| line.to_vec()).collect(), width: Some(width), color: WAX }
    }

    /// How far outside a point is; negative inside.
    fn distance(&self, at: Point) -> f32 {
        let segments = || self.lines.iter().flat_map(|line| line.windows(2)).map(|ends| (ends[0], ends[1]));
        let nearest = segments().map(|segment| to_segment(at, segment)).fold(f32::MAX, f32::min);
        match self.width {
            Some(width) => nearest - width / 2.0,
            // Inside, a ray to one side crosses the outline an odd number of times.
            None if segments().filter(|segment| is_crossed(at, *segment)).count() % 2 == 1 => -nearest,
            None => nearest,
        }
    }
}

fn to_segment((x, y): Point, ((from_x, from_y), (to_x, to_y)): (Point, Point)) -> f32 {
    let (right, down) = (to_x - from_x, to_y - from_y);
    let along = ((x - from_x) * right + (y - from_y) * down) / (right * right + down * down);
    let along = along.clamp(0.0, 1.0);
    (x - from_x - along * right).hypot(y - from_y - along * down)
}

/// Whether a ray to the right crosses this.
fn is_crossed((x, y): Point, ((from_x, from_y), (to_x, to_y)): (Point, Point)) -> bool {
    (from_y > y) != (to_y > y) && x < from_x + (to_x - from_x) * (y - from_y) / (to_y - from_y)
}

/// The points of a cubic Bézier curve.
fn curve([from, first, second, to]: [Point; 4]) -> Vec<Point> {
    let at = |step: u8| {
        let part = f32::from(step) / 8.0;
        let between = |(x, y): Point, (to_x, to_y): Point| (x + (to_x - x) * part, y + (to_y - y) * part);
        let (start, middle, end) = (between(from, first), between(first, second), between(second, to));
        between(between(start, middle), between(middle, end))
    };
    (0..=8).map(at).collect()
}

/// Where the wax stands.
const FLOOR: f32 = 18.0;

fn shapes(icon: &Icon) -> Vec<Shape> {
    let saucer = Shape::rectangle(4.0, FLOOR, 18.0, FLOOR + 2.0);
    match icon {
        Icon::Candle(step) => candle(saucer, *step).into(),
        Icon::BurntOut => vec![saucer, wax(FLOOR - 2.0), smoke()],
        Icon::Unlit => vec![saucer, unlit()],
        Icon::Unknown => vec![exclamation(11.0)],
        Icon::Troubled(step) => [&candle(saucer, *step)[..], &[exclamation(19.0)]].concat(),
        Icon::Syncing(step) => [&candle(saucer, *step)[..], &[arrow()]].concat(),
        Icon::Digits(text) => vec![digits(text)],
    }
}

fn candle(saucer: Shape, step: u8) -> [Shape; 3] {
    let top = FLOOR - 2.0 - f32::from(step.clamp(1, CANDLE_STEPS));
    let down = curve([(11.0, top - 7.0), (13.5, top - 4.5), (14.0, top - 1.0), (11.0, top - 1.0)]);
    let up = curve([(11.0, top - 1.0), (8.0, top - 1.0), (8.5, top - 4.5), (11.0, top - 7.0)]);
    [saucer, wax(top), Shape::area([down, up].concat(), FLAME)]
}

fn wax(top: f32) -> Shape {
    Shape::rectangle(8.0, top, 14.0, FLOOR)
}

fn smoke() -> Shape {
    let below = curve([(11.0, 13.0), (7.0, 10.5), (15.0, 8.0), (11.0, 5.5)]);
    let above = curve([(11.0, 5.5), (9.5, 4.5), (10.0, 3.0), (11.0, 2.0)]);
    Shape::lines(1.5, &[&below, &above])
}

fn unlit() -> Shape {
    let outline = [(8.0, 8.0), (14.0, 8.0), (14.0, FLOOR), (8.0, FLOOR), (8.0, 8.0)];
    Shape::lines(1.5, &[&outline, &[(11.0, 8.0), (11.0, 5.0)]])
}

fn arrow() -> Shape {
    Shape::lines(1.5, &[&[(19.0, 13.0), (19.0, 4.0)], &[(16.5, 6.5), (19.0, 4.0), (20.75, 5.75)]])
}

fn exclamation(middle: f32) -> Shape {
    Shape::lines(3.5, &[&[(middle, 4.0), (middle, 12.0)], &[(middle, 17.5), (middle, 18.0)]])
}

/// The strokes of a character in a box of 1 by 1, as lists of points.
fn strokes(character: char) -> &'static [&'static [Point]] {
    match character {
        '0' => &[&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]],
        '1' => &[&[(0.2, 0.2), (0.7, 0.0), (0.7, 1.0)]],
        '2' => &[&[(0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5), (0.0, 1.0), (1.0, 1.0)]],
        '3' => &[&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)], &[(0.2, 0.5), (1.0, 0.5)]],
        '4' => &[&[(0.0, 0.0), (0.0, 0.55), (1.0, 0.55)], &[(1.0, 0.0), (1.0, 1.0)]],
        '5' => &[&[(1.0, 0.0), (0.0, 0.0), (0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)]],
        '6' => &[&[(1.0, 0.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.5), (0.0, 0.5)]],
        '7' => &[&[(0.0, 0.0), (1.0, 0.0), (0.4, 1.0)]],
        '8' => &[&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)], &[(0.0, 0.5), (1.0, 0.5)]],
        '9' => &[&[(1.0, 0.5), (0.0, 0.5), (0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]],
        '<' => &[&[(1.0, 0.2), (0.0, 0.5), (1.0, 0.8)]],
        '>' => &[&[(0.0, 0.2), (1.0, 0.5), (0.0, 0.8)]],
        'h' => &[&[(0.0, 0.0), (0.0, 1.0)], &[(0.0, 0.5), (1.0, 0.5), (1.0, 1.0)]],
        'm' => &[&[(0.0, 1.0), (0.0, 0.4), (1.0, 0.4), (1.0, 1.0)], &[(0.5, 0.4), (0.5, 1.0)]],
        'd' => &[&[(1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.5), (1.0, 0.5)]],
        _ => &[],
    }
}

fn digits(text: &str) -> Shape {
    // More than 99 days is shown as 99d.
    let text = if text.chars().count() > 3 { "99d" } else { text };
    let narrow = text.chars().count() > 2;
    let (digit_width, unit_width, height) = if narrow { (4.0, 4.0, 13.0) } else { (7.0, 4.0, 14.0) };
    let width = |character: char| match character {
        '1' if narrow => 2.0,
        'm' => 5.0,
        letter if letter.is_ascii_alphabetic() => unit_width,
        _ => digit_width,
    };
    // The stroke's own width, and a unit of air.
    let gap = 3.0;
    let total = text.chars().map(width).sum::<f32>() + gap * if narrow { 2.0 } else { 1.0 };
    let bottom = f32::midpoint(22.0, height);
    let mut left = (22.0 - total) / 2.0;
    let mut lines = Vec::new();
    for character in text.chars() {
        let (wide, tall) = (width(character), if character.is_ascii_alphabetic() { height * 0.62 } else { height });
        let place = |(x, y): &Point| (left + x * wide, bottom - tall + y * tall);
        lines.extend(strokes(character).iter().map(|points| points.iter().map(place).collect()));
        left += wide + gap;
    }
    Shape { lines, width: Some(2.0), color: WAX }
}
