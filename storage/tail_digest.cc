#include "storage/tail_digest.h"

#include <sqlite3.h>

#include <bit>

#include "storage/row_digest.h"

namespace revisitd::storage {
namespace {

// A negative zero comes back from SQLite as a positive one.
std::int64_t bits(double value) { return std::bit_cast<std::int64_t>(value == 0 ? 0.0 : value); }

void call_tail_digest(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto key = [&](int i) { return std::int64_t{sqlite3_value_int64(arguments[i])}; };
  const auto real = [&](int i) { return sqlite3_value_double(arguments[i]); };
  const bool exact = sqlite3_value_type(arguments[4]) == SQLITE_NULL;
  const rules::SlotValue value =
      exact ? rules::SlotValue::exact(real(3)) : rules::SlotValue{real(3), real(4), real(5)};
  sqlite3_result_int64(context, tail_digest(key(0), key(1), key(2), value));
}

}  // namespace

std::int64_t tail_digest(std::int64_t grid, std::int64_t slot, std::int64_t series,
                         const rules::SlotValue& value) {
  return RowDigest()
      .add(grid)
      .add(slot)
      .add(series)
      .add(bits(value.value))
      .add(bits(value.low))
      .add(bits(value.high))
      .value();
}

void define_tail_digest(Connection& connection) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  sqlite3_create_function(connection.database().getHandle(), "tail_digest", 6, kFlags, nullptr,
                          call_tail_digest, nullptr, nullptr);
}

}  // namespace revisitd::storage
