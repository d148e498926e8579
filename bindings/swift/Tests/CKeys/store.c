#include "store.h"

#include <dlfcn.h>
#include <stdio.h>

typedef struct sqlite3 sqlite3;

/// SQLite as Swift's own tools bring it: its header is not there.
typedef struct {
  int (*open)(const char *, sqlite3 **);
  int (*exec)(sqlite3 *, const char *, void *, void *, char **);
  int (*close)(sqlite3 *);
} Sqlite;

static int sqlite(Sqlite *found) {
  void *library = dlopen("libsqlite3.so.0", RTLD_NOW);
  if (!library) return 0;
  *(void **)&found->open = dlsym(library, "sqlite3_open");
  *(void **)&found->exec = dlsym(library, "sqlite3_exec");
  *(void **)&found->close = dlsym(library, "sqlite3_close");
  return found->open && found->exec && found->close;
}

/// Runs statements; the database stays open where something is under way.
static int run(const char *file, const char *statements, int close) {
  Sqlite with;
  sqlite3 *database = NULL;
  if (!sqlite(&with) || with.open(file, &database) != 0) return 0;
  int done = with.exec(database, statements, NULL, NULL, NULL) == 0;
  if (close) with.close(database);
  return done;
}

int cstore_begin_upgrade(const char *file) {
  return run(file,
             "PRAGMA journal_mode = WAL; PRAGMA cache_size = 1; BEGIN IMMEDIATE; DELETE FROM single; DELETE FROM outbox;"
             "CREATE TABLE later (a BLOB) STRICT; INSERT INTO later SELECT randomblob(3000) FROM (WITH RECURSIVE n(i)"
             " AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n); PRAGMA user_version = 2;",
             0);
}

int cstore_set_version(const char *file, int version) {
  char statement[64];
  snprintf(statement, sizeof statement, "PRAGMA user_version = %d", version);
  return run(file, statement, 1);
}
