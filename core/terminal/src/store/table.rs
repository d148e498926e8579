/// A table of the store. All have the same two columns, `row` and `sealed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Table {
    /// One of each kind.
    Single,
    /// Signed hours.
    Credential,
    /// What waits for the network.
    Outbox,
    /// What was typed and not sent.
    Draft,
    /// What the person is to be told.
    Notice,
    /// What the person agreed to.
    Consent,
    /// Signed trust files.
    Trust,
}

macro_rules! statements {
    ($($table:ident = $name:literal,)*) => {
        impl Table {
            /// Every table.
            pub(crate) const ALL: &'static [Table] = &[$(Table::$table,)*];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Table::$table => $name,)* }
            }

            pub(super) fn upsert(self) -> &'static str {
                match self { $(Table::$table => concat!(
                    "INSERT INTO ", $name, " (row, sealed) VALUES (?1, ?2) ",
                    "ON CONFLICT (row) DO UPDATE SET sealed = excluded.sealed"
                ),)* }
            }

            pub(super) fn select(self) -> &'static str {
                match self { $(Table::$table => concat!("SELECT sealed FROM ", $name, " WHERE row = ?1"),)* }
            }

            pub(super) fn select_all(self) -> &'static str {
                match self { $(Table::$table => concat!("SELECT row, sealed FROM ", $name, " ORDER BY row"),)* }
            }

            pub(super) fn select_all_backwards(self) -> &'static str {
                match self { $(Table::$table => concat!("SELECT row, sealed FROM ", $name, " ORDER BY row DESC"),)* }
            }

            pub(super) fn delete(self) -> &'static str {
                match self { $(Table::$table => concat!("DELETE FROM ", $name, " WHERE row = ?1"),)* }
            }

            pub(super) fn delete_all(self) -> &'static str {
                match self { $(Table::$table => concat!("DELETE FROM ", $name),)* }
            }
        }
    };
}

statements! {
    Single = "single",
    Credential = "credential",
    Outbox = "outbox",
    Draft = "draft",
    Notice = "notice",
    Consent = "consent",
    Trust = "trust",
}

impl Table {
    /// The version of what is sealed in the table: rises when values of one version must not be read as
    /// those of another.
    pub(super) fn schema(self) -> u16 {
        1
    }
}
