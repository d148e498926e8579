// What tests do to a store from outside of the library.
#pragma once

/// Begins a change of the database that is larger than SQLite's memory for pages, and does not end it, as an upgrade
/// of the store that is under way. The pages are on the disk when it returns 1.
int cstore_begin_upgrade(const char *file);
/// Says that the database is of this version; 1 when it worked.
int cstore_set_version(const char *file, int version);
