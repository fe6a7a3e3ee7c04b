//! Edits of one table of the config that leave its other keys, and what the user wrote beside them, as they are.

use toml_edit::{Decor, DocumentMut, InlineTable, Item, Key, RawString, TableLike, Value};

/// The tables of a list, in either way to write it.
pub(super) fn tables_of<'a>(document: &'a mut DocumentMut, key: &str) -> Vec<&'a mut dyn TableLike> {
    match document.get_mut(key) {
        Some(Item::ArrayOfTables(tables)) => tables.iter_mut().map(|table| table as _).collect(),
        Some(Item::Value(Value::Array(values))) => {
            values.iter_mut().filter_map(Value::as_inline_table_mut).map(|table| table as _).collect()
        }
        _ => Vec::new(),
    }
}

/// The table under a key, which is made where it is not there; `None` where something else is.
pub(super) fn part_of<'a>(table: &'a mut dyn TableLike, key: &str) -> Option<&'a mut dyn TableLike> {
    table.entry(key).or_insert_with(|| Item::Value(InlineTable::new().into())).as_table_like_mut()
}

/// Sets a key's value, and leaves what stands around an old one.
pub(super) fn put(table: &mut dyn TableLike, key: &str, value: Value) {
    if let Some(old) = table.get_mut(key).and_then(Item::as_value_mut) {
        let decor = old.decor().clone();
        *old = value;
        *old.decor_mut() = decor;
        return;
    }
    // In an inline table, what stood before its end stands before a comma now.
    if let Some(last) = table.iter_mut().last().and_then(|(_, item)| item.as_value_mut())
        && text(last.decor().suffix()) == " "
    {
        last.decor_mut().set_suffix("");
    }
    table.insert(key, Item::Value(value));
}

/// Gives a table just these keys: those that it has already stay where they are.
pub(super) fn fit(item: &mut Item, wanted: &InlineTable) {
    let is_plain = item.as_inline_table().is_some_and(|table| !bare(table.clone()).contains('#'));
    let Some(table) = item.as_table_like_mut() else { return };
    for (key, value) in wanted {
        if table.get(key).and_then(Item::as_str) != value.as_str() {
            put(table, key, value.clone());
        }
    }
    let others: Vec<String> =
        table.iter().map(|(key, _)| key.to_owned()).filter(|key| !wanted.contains_key(key)).collect();
    for key in &others {
        take_out(table, key);
    }
    if is_plain {
        // Its spaces alone: they were those of other neighbors.
        table.fmt();
    }
}

/// Removes a key. Comments above it stay, since they may be about more: before the next key, else after the last one.
pub(super) fn take_out(table: &mut dyn TableLike, key: &str) {
    let of = |decor: Option<&Decor>| text(decor.and_then(Decor::prefix));
    let header = table.get(key).and_then(Item::as_table).map(|table| of(Some(table.decor())));
    let above = format!("{}{}", of(table.key(key).map(Key::leaf_decor)), header.unwrap_or_default());
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    let next = keys.iter().skip_while(|known| *known != key).nth(1);
    table.remove(key);
    if !above.contains('#') {
        return;
    }
    if let Some(mut next) = next.and_then(|next| table.key_mut(next)) {
        let decor = next.leaf_decor_mut();
        let own = text(decor.prefix());
        decor.set_prefix(format!("{above}{own}"));
    } else if let Some(last) = table.iter_mut().last().and_then(|(_, item)| item.as_value_mut()) {
        let own = text(last.decor().suffix());
        last.decor_mut().set_suffix(format!("{own}\n{}", above.strip_suffix('\n').unwrap_or(&above)));
    }
}

/// An inline table without what stands around it.
fn bare(mut table: InlineTable) -> String {
    table.decor_mut().clear();
    table.to_string()
}

/// What stands around something, as text.
pub(super) fn text(raw: Option<&RawString>) -> String {
    raw.and_then(RawString::as_str).unwrap_or_default().to_owned()
}
