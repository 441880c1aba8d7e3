#include "storage/books.h"

namespace revisitd::storage {

BooksTable::BooksTable(Connection& connection)
    : connection_(connection),
      save_(connection.database(),
            "UPDATE books SET step=?1, trail_last=?2, pending=?3, dead=?4, chunks=?5 WHERE one=1") {
}

Books BooksTable::load() {
  SQLite::Statement select(connection_.database(),
                           "SELECT identity, step, trail_last, pending, dead, chunks FROM books");
  Use row(select);
  if (!row.step()) {
    throw connection_.damaged("its books are empty");
  }
  Books books{row.text(0),   row.number(1), row.number(2),
              row.number(3), row.number(4), row.number(5)};
  if (books.identity.size() != 32 || books.step < 0 || books.trail_last < 0 || row.step()) {
    throw connection_.damaged("its books make no sense");
  }
  return books;
}

void BooksTable::save(const Books& books) {
  Use(save_)
      .bind(1, books.step)
      .bind(2, books.trail_last)
      .bind(3, books.pending)
      .bind(4, books.dead)
      .bind(5, books.chunks)
      .run();
}

}  // namespace revisitd::storage
