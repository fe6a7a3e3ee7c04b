//! Collecting and sorting what is not much, in few bytes: `collect` into a tree and `sort_by` bring 3 kB of sorting for each
//! kind of item.

use std::cmp::Ordering;

/// Collected one by one.
pub fn gathered<T, All: Default + Extend<T>>(items: impl IntoIterator<Item = T>) -> All {
    let mut all = All::default();
    all.extend(items);
    all
}

/// In this order; those that are alike stay as they came.
pub fn sorted<T>(items: impl IntoIterator<Item = T>, order: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let mut sorted = Vec::new();
    for item in items {
        let place = sorted.partition_point(|before| order(before, &item).is_le());
        sorted.insert(place, item);
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_stays_as_it_came() {
        let items = [(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')];
        let by_number = sorted(items, |(one, _), (other, _)| one.cmp(other));
        assert_eq!(by_number, [(0, 'd'), (1, 'b'), (1, 'e'), (2, 'a'), (2, 'c')]);
    }
}
