//! Draws the icon: a candle that burns down, or the time left in digits.
//!
//! Everything lies on a grid of 22 units, the height of an icon in a menu bar, and is drawn at two pixels a unit: edges
//! on the grid stay sharp at both sizes.

use tiny_skia::{Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use crate::ports::screen::{CANDLE_STEPS, Icon};

/// The side of the grid, in units.
pub const GRID: u32 = 22;
/// Pixels a unit.
pub const SCALE: u32 = 2;

/// What the icon is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Black and transparent: macOS colors it for its menu bar.
    Template,
    /// Light with a dark edge: readable on light and dark panels.
    Color,
}

/// Draws for the menu bar.
pub fn draw(icon: &Icon, ink: Ink) -> Option<tray_icon::Icon> {
    let side = GRID * SCALE;
    tray_icon::Icon::from_rgba(pixels(icon, ink)?, side, side).ok()
}

/// The picture as rows of RGBA pixels, not premultiplied, [`GRID`] times [`SCALE`] a side.
pub fn pixels(icon: &Icon, ink: Ink) -> Option<Vec<u8>> {
    let mut canvas = Canvas::new(ink)?;
    match icon {
        Icon::Candle(step) => candle(&mut canvas, (*step).clamp(1, CANDLE_STEPS)),
        Icon::BurntOut => burnt_out(&mut canvas),
        Icon::Unlit => unlit(&mut canvas),
        Icon::Unknown => exclamation(&mut canvas, 11.0),
        Icon::Troubled(step) => troubled(&mut canvas, (*step).clamp(1, CANDLE_STEPS)),
        Icon::Syncing(step) => syncing(&mut canvas, (*step).clamp(1, CANDLE_STEPS)),
        Icon::Digits(text) => digits(&mut canvas, text),
    }?;
    let rgba = canvas.pixmap.pixels().iter().flat_map(|pixel| {
        let color = pixel.demultiply();
        [color.red(), color.green(), color.blue(), color.alpha()]
    });
    Some(rgba.collect())
}

struct Canvas {
    pixmap: Pixmap,
    ink: Ink,
}

#[derive(Clone, Copy)]
enum Part {
    Wax,
    Flame,
}

impl Canvas {
    fn new(ink: Ink) -> Option<Self> {
        Some(Self { pixmap: Pixmap::new(GRID * SCALE, GRID * SCALE)?, ink })
    }

    /// A filled shape, with a dark edge around it where the ink has colors.
    fn fill(&mut self, path: &Path, part: Part) {
        if self.ink == Ink::Color {
            self.line(path, 2.0, edge());
        }
        let paint = paint(self.color(part));
        self.pixmap.fill_path(path, &paint, FillRule::Winding, grid(), None);
    }

    /// A line of a width in units, with a dark edge likewise.
    fn stroke(&mut self, path: &Path, width: f32) {
        if self.ink == Ink::Color {
            self.line(path, width + 2.0, edge());
        }
        self.line(path, width, self.color(Part::Wax));
    }

    fn line(&mut self, path: &Path, width: f32, color: Color) {
        let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        self.pixmap.stroke_path(path, &paint(color), &stroke, grid(), None);
    }

    fn color(&self, part: Part) -> Color {
        match (self.ink, part) {
            (Ink::Template, _) => Color::BLACK,
            (Ink::Color, Part::Wax) => Color::from_rgba8(0xff, 0xf4, 0xdc, 0xff),
            (Ink::Color, Part::Flame) => Color::from_rgba8(0xff, 0xa0, 0x1e, 0xff),
        }
    }
}

fn edge() -> Color {
    Color::from_rgba8(0x24, 0x22, 0x20, 0xff)
}

fn paint(color: Color) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(color);
    paint
}

fn grid() -> Transform {
    #[expect(clippy::cast_precision_loss, reason = "2 is exact")]
    let scale = SCALE as f32;
    Transform::from_scale(scale, scale)
}

/// Where the wax stands.
const FLOOR: f32 = 18.0;

fn candle(canvas: &mut Canvas, step: u8) -> Option<()> {
    let top = FLOOR - 2.0 - f32::from(step);
    saucer(canvas)?;
    canvas.fill(&wax(top)?, Part::Wax);
    let mut flame = PathBuilder::new();
    flame.move_to(11.0, top - 7.0);
    flame.cubic_to(13.5, top - 4.5, 14.0, top - 1.0, 11.0, top - 1.0);
    flame.cubic_to(8.0, top - 1.0, 8.5, top - 4.5, 11.0, top - 7.0);
    flame.close();
    canvas.fill(&flame.finish()?, Part::Flame);
    Some(())
}

fn burnt_out(canvas: &mut Canvas) -> Option<()> {
    saucer(canvas)?;
    canvas.fill(&wax(FLOOR - 2.0)?, Part::Wax);
    let mut smoke = PathBuilder::new();
    smoke.move_to(11.0, 13.0);
    smoke.cubic_to(7.0, 10.5, 15.0, 8.0, 11.0, 5.5);
    smoke.cubic_to(9.5, 4.5, 10.0, 3.0, 11.0, 2.0);
    canvas.stroke(&smoke.finish()?, 1.5);
    Some(())
}

fn unlit(canvas: &mut Canvas) -> Option<()> {
    saucer(canvas)?;
    let mut outline = PathBuilder::new();
    outline.push_rect(Rect::from_ltrb(8.0, 8.0, 14.0, FLOOR)?);
    outline.move_to(11.0, 8.0);
    outline.line_to(11.0, 5.0);
    canvas.stroke(&outline.finish()?, 1.5);
    Some(())
}

fn troubled(canvas: &mut Canvas, step: u8) -> Option<()> {
    candle(canvas, step)?;
    exclamation(canvas, 19.0)
}

fn syncing(canvas: &mut Canvas, step: u8) -> Option<()> {
    candle(canvas, step)?;
    let mut arrow = PathBuilder::new();
    arrow.move_to(19.0, 13.0);
    arrow.line_to(19.0, 4.0);
    arrow.move_to(16.5, 6.5);
    arrow.line_to(19.0, 4.0);
    arrow.line_to(20.75, 5.75);
    canvas.stroke(&arrow.finish()?, 1.5);
    Some(())
}

fn exclamation(canvas: &mut Canvas, middle: f32) -> Option<()> {
    let mut bar = PathBuilder::new();
    bar.move_to(middle, 4.0);
    bar.line_to(middle, 12.0);
    bar.move_to(middle, 17.5);
    bar.line_to(middle, 18.0);
    canvas.stroke(&bar.finish()?, 3.5);
    Some(())
}

fn saucer(canvas: &mut Canvas) -> Option<()> {
    canvas.fill(&PathBuilder::from_rect(Rect::from_ltrb(4.0, FLOOR, 18.0, FLOOR + 2.0)?), Part::Wax);
    Some(())
}

fn wax(top: f32) -> Option<Path> {
    Some(PathBuilder::from_rect(Rect::from_ltrb(8.0, top, 14.0, FLOOR)?))
}

/// The strokes of a character in a box of 1 by 1, as lists of points.
fn strokes(character: char) -> &'static [&'static [(f32, f32)]] {
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

fn digits(canvas: &mut Canvas, text: &str) -> Option<()> {
    // More than 99 days say no more than 99 do.
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
    let total = text.chars().map(width).sum::<f32>() + gap * f32::from(if narrow { 2_u8 } else { 1 });
    let bottom = f32::midpoint(22.0, height);
    let mut left = (22.0 - total) / 2.0;
    let mut path = PathBuilder::new();
    for character in text.chars() {
        let tall = if character.is_ascii_alphabetic() { height * 0.62 } else { height };
        for points in strokes(character) {
            for (index, (x, y)) in points.iter().enumerate() {
                let (x, y) = (left + x * width(character), bottom - tall + y * tall);
                if index == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
            }
        }
        left += width(character) + gap;
    }
    canvas.stroke(&path.finish()?, 2.0);
    Some(())
}
