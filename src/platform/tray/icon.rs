//! Draws the icon: a candle that burns down, or the time left in digits.
//!
//! Everything lies on a grid of 16 units and is drawn for its size: upright edges fall between pixels at each, and what is
//! thin stays a pixel thick. A pixel is covered by how far its middle is inside of a shape.

use crate::ports::screen::{CANDLE_STEPS, Icon, Mark, Wax};

/// The side of the grid, in units.
const GRID: f32 = 16.0;

/// What the icon is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Black and transparent: macOS colors it for its menu bar.
    Template,
    /// Bright with a dark edge: readable on light and dark panels.
    Color,
}

/// Draws for the menu bar of this system.
pub fn draw(icon: &Icon) -> Option<tray_icon::Icon> {
    // macOS makes it 18 points high, of two pixels each. On Linux tray-icon sends one picture, though a panel would take
    // several: from this one 16 and 24 are made by whole pixels.
    let (ink, side) = if cfg!(target_os = "macos") { (Ink::Template, 36) } else { (Ink::Color, 48) };
    tray_icon::Icon::from_rgba(pixels(icon, ink, side), side.into(), side.into()).ok()
}

/// The picture as rows of RGBA pixels, not premultiplied, so many a side.
pub fn pixels(icon: &Icon, ink: Ink, side: u16) -> Vec<u8> {
    let drawing = Drawing::of(icon, ink, f32::from(side) / GRID);
    let middles = || (0..side).map(|pixel| f32::from(pixel) + 0.5);
    middles().flat_map(|y| middles().flat_map(move |x| [(x, y)])).flat_map(|at| drawing.pixel(at)).collect()
}

/// Red, green, blue and what is opaque, of which 255 is the most; premultiplied.
type Color = [f32; 4];
const CLEAR: Color = [0.0; 4];
const BLACK: Color = [0.0, 0.0, 0.0, 255.0];
const EDGE: Color = [36.0, 34.0, 32.0, 255.0];
const WAX: Color = [255.0, 170.0, 60.0, 255.0];
const SMOKE: Color = [240.0, 240.0, 240.0, 255.0];
const FLAME: Color = [255.0, 230.0, 110.0, 255.0];

/// From the left and from the top, in units as they are drawn, in pixels as they are filled.
type Point = (f32, f32);

/// Lines of one width along points, or where there is no width the area within them; in pixels.
struct Shape {
    lines: Vec<Vec<Point>>,
    width: Option<f32>,
    color: Color,
    /// Whether it is cut out of what lies below.
    is_cut_out: bool,
}

impl Shape {
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
const FLOOR: f32 = 13.0;

/// Shapes, from the lowest to the one on top.
struct Drawing {
    /// Pixels a unit.
    scale: f32,
    ink: Ink,
    shapes: Vec<Shape>,
}

impl Drawing {
    fn of(icon: &Icon, ink: Ink, scale: f32) -> Self {
        let mut drawing = Self { scale, ink, shapes: Vec::new() };
        match icon {
            Icon::Candle(wax, mark) => {
                drawing.candle(*wax, mark.is_some());
                drawing.mark(*mark);
            }
            Icon::Unlit => drawing.unlit(),
            Icon::Unknown => drawing.exclamation(8.0),
            Icon::Digits(text) => drawing.digits(text),
        }
        drawing
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "all are from 0 to 255")]
    fn pixel(&self, at: Point) -> [u8; 4] {
        let edge = (self.scale * 0.75).round();
        let mut premultiplied = CLEAR;
        for shape in &self.shapes {
            let around = match self.ink {
                Ink::Color => Some(EDGE),
                Ink::Template => shape.is_cut_out.then_some(CLEAR),
            };
            let color = if self.ink == Ink::Template { BLACK } else { shape.color };
            let distance = shape.distance(at);
            for (color, more) in around.map(|around| (around, edge)).into_iter().chain([(color, 0.0)]) {
                let covered = (0.5 - (distance - more)).clamp(0.0, 1.0);
                for (below, color) in premultiplied.iter_mut().zip(color) {
                    *below += (color - *below) * covered;
                }
            }
        }
        let [red, green, blue, alpha] = premultiplied;
        let plain = |color: f32| if alpha == 0.0 { 0 } else { (color * 255.0 / alpha).round() as u8 };
        [plain(red), plain(green), plain(blue), alpha.round() as u8]
    }

    /// The edge between two pixels that is nearest.
    fn px(&self, units: f32) -> f32 {
        (units * self.scale).round()
    }

    fn add(&mut self, lines: Vec<Vec<Point>>, width: Option<f32>, color: Color) -> &mut Shape {
        let scaled = |(x, y)| (x * self.scale, y * self.scale);
        let lines = lines.into_iter().map(|line| line.into_iter().map(scaled).collect()).collect();
        let width = width.map(|width| width * self.scale);
        self.shapes.push(Shape { lines, width, color, is_cut_out: false });
        self.shapes.last_mut().expect("pushed above")
    }

    fn rectangle(&mut self, left: f32, top: f32, right: f32, bottom: f32) {
        let [left, top, right, bottom] = [left, top, right, bottom].map(|edge| self.px(edge) / self.scale);
        let outline = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        self.add(vec![outline], None, WAX);
    }

    fn candle(&mut self, wax: Wax, is_narrow: bool) {
        let (middle, saucer, half) = if is_narrow { (4.5, 3.5, 2.5) } else { (8.0, 6.0, 3.0) };
        let thin = if wax == Wax::BurntOut { 1.0 } else { 0.0 };
        self.rectangle(middle - saucer, FLOOR + thin, middle + saucer, FLOOR + 2.0);
        match wax {
            Wax::Steps(steps) => {
                let top = FLOOR + 1.0 - 2.0 * f32::from(steps.clamp(1, CANDLE_STEPS));
                self.rectangle(middle - half, top, middle + half, FLOOR);
                self.flame(middle, top, 4.0, 5.0, None);
            }
            Wax::Puddle => {
                self.rectangle(middle - saucer + 1.0, FLOOR - 2.0, middle + saucer - 1.0, FLOOR);
                self.flame(middle, FLOOR - 2.0, 2.0 * half + 1.0, 9.5, Some(1.75));
            }
            Wax::BurntOut => self.smoke(middle),
        }
    }

    fn flame(&mut self, middle: f32, bottom: f32, width: f32, height: f32, outline: Option<f32>) {
        let side = |far: f32| {
            let (tip, foot) = ((middle, bottom - height), (middle, bottom));
            curve([tip, (middle + far * 0.6, bottom - height * 0.55), (middle + far * 0.7, bottom), foot])
        };
        let (right, mut left) = (side(width), side(-width));
        left.reverse();
        self.add(vec![[right, left].concat()], outline, FLAME).is_cut_out = true;
    }

    fn smoke(&mut self, middle: f32) {
        let below = curve([(middle, 13.0), (middle - 9.0, 9.5), (middle + 6.0, 8.5), (middle, 5.5)]);
        let above = curve([(middle, 5.5), (middle - 2.0, 4.5), (middle - 2.0, 2.5), (middle + 0.5, 1.75)]);
        self.add(vec![below, above], Some(1.75), SMOKE);
    }

    fn unlit(&mut self) {
        self.rectangle(5.0, 4.0, 11.0, 15.0);
        self.rectangle(7.0, 1.0, 9.0, 4.0);
        self.add(vec![vec![(1.75, 13.0), (14.25, 5.0)]], Some(1.75), FLAME).is_cut_out = true;
    }

    fn mark(&mut self, mark: Option<Mark>) {
        match mark {
            // A line of no length has no direction.
            Some(Mark::SignInEnds) => drop(self.add(vec![vec![(12.0, 4.0), (12.01, 4.0)]], Some(6.0), FLAME)),
            Some(Mark::Failed) => self.exclamation(12.5),
            Some(Mark::Busy) => self.arrow(12.5),
            None => {}
        }
    }

    /// With two pixels of air at the smallest size.
    fn exclamation(&mut self, middle: f32) {
        self.rectangle(middle - 1.5, 1.0, middle + 1.5, 9.5);
        self.rectangle(middle - 1.5, 12.0, middle + 1.5, 15.0);
    }

    /// One with two heads.
    fn arrow(&mut self, middle: f32) {
        let half = self.px(1.0) / self.scale / 2.0;
        let middle = self.px(middle - half) / self.scale + half;
        let head =
            |tip: f32, back: f32| vec![(middle, tip), (middle + 2.75, back), (middle - 2.75, back), (middle, tip)];
        self.add(vec![head(0.75, 4.0), head(15.25, 12.0)], None, FLAME);
        self.rectangle(middle - half, 3.5, middle + half, 12.5);
    }

    fn digits(&mut self, text: &str) {
        // More than 99 days is shown as 99d.
        let text = if text.chars().count() > 3 { "99d" } else { text };
        let narrow = text.chars().count() > 2;
        let stroke = (self.scale * if narrow { 1.25 } else { 1.75 }).floor();
        let width = |character: char| match character {
            '1' if narrow => 2.0,
            'm' => 5.0,
            _ if narrow => 4.0,
            letter if letter.is_ascii_alphabetic() => 5.0,
            _ => 6.0,
        };
        let gap = self.scale.round();
        let wide = |character| self.px(width(character)).max(stroke);
        let total = text.chars().map(|character| wide(character) + gap).sum::<f32>() - gap;
        let (tall, bottom) = (self.px(11.0), self.px(13.5));
        let mut left = ((GRID * self.scale - total) / 2.0).floor();
        let mut lines = Vec::new();
        for character in text.chars() {
            let wide = wide(character) - stroke;
            let tall = if character.is_ascii_alphabetic() { (tall * 0.65).round() } else { tall } - stroke;
            // The middle of a stroke, which begins and ends between pixels.
            let place = |(x, y): &Point| {
                (left + stroke / 2.0 + (x * wide).round(), bottom - stroke / 2.0 - tall + (y * tall).round())
            };
            lines.extend(strokes(character).iter().map(|points| points.iter().map(place).collect::<Vec<_>>()));
            left += wide + stroke + gap;
        }
        self.shapes.push(Shape { lines, width: Some(stroke), color: WAX, is_cut_out: false });
    }
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
