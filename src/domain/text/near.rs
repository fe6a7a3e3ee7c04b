//! Which of the known words someone may have meant.

/// Further apart than this, two words are not each other's slip of the pen.
const NEAR: f64 = 0.7;

/// The known word that is most like this one, where any is.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |known: &str| strsim::jaro_winkler(&word.to_lowercase(), &known.to_lowercase());
    let known = known.into_iter().map(|known| (likeness(known), known));
    known.max_by(|(one, _), (other, _)| one.total_cmp(other)).filter(|(like, _)| *like >= NEAR).map(|(_, known)| known)
}

/// The same among names that people choose, which may be much alike: one slip of the pen apart, as `wrok` from `work`.
pub fn one_slip_apart<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    known
        .iter()
        .map(String::as_str)
        .find(|known| strsim::osa_distance(&name.to_lowercase(), &known.to_lowercase()) == 1)
}
