#include "storage/old_tail.h"

#include <sqlite3.h>

#include <bit>
#include <string>

#include "storage/row_digest.h"
#include "storage/tail_row.h"

namespace revisitd::storage {
namespace {

// A row of version 2, as the arguments of either function begin.
struct OldRow {
  std::int64_t grid = 0, slot = 0, series = 0;
  rules::SlotValue value;
};

OldRow old_row(sqlite3_value** arguments) {
  const auto key = [&](int i) { return std::int64_t{sqlite3_value_int64(arguments[i])}; };
  const auto real = [&](int i) { return sqlite3_value_double(arguments[i]); };
  const bool exact = sqlite3_value_type(arguments[4]) == SQLITE_NULL;
  return {key(0), key(1), key(2),
          exact ? rules::SlotValue::exact(real(3)) : rules::SlotValue{real(3), real(4), real(5)}};
}

// Never of a negative zero, which SQLite's columns give back as a positive one.
std::int64_t bits(double value) { return std::bit_cast<std::int64_t>(value); }

std::int64_t digest_of(const OldRow& row) {
  return RowDigest()
      .add(row.grid)
      .add(row.slot)
      .add(row.series)
      .add(bits(row.value.value))
      .add(bits(row.value.low))
      .add(bits(row.value.high))
      .value();
}

void call_digest(sqlite3_context* context, int, sqlite3_value** arguments) {
  sqlite3_result_int64(context, digest_of(old_row(arguments)));
}

// What SQLite keeps for one group of the aggregate; it begins as zeros.
struct Gathered {
  TailKey key;
  TailRow row;
};

void add_to_row(sqlite3_context* context, int, sqlite3_value** arguments) {
  auto* const gathered =
      static_cast<Gathered*>(sqlite3_aggregate_context(context, sizeof(Gathered)));
  const OldRow old = old_row(arguments);
  if (gathered == nullptr) {
    sqlite3_result_error_nomem(context);
  } else if (sqlite3_value_int64(arguments[6]) != digest_of(old)) {
    sqlite3_result_error(context, ("slots of series " + std::to_string(old.series)).c_str(), -1);
    sqlite3_result_error_code(context, SQLITE_CORRUPT);
  } else {
    gathered->key = TailKey::of(old.grid, old.slot, old.series);
    gathered->row.put(old.series, old.value);
  }
}

void finish_row(sqlite3_context* context) {
  const auto* const gathered = static_cast<const Gathered*>(sqlite3_aggregate_context(context, 0));
  if (gathered == nullptr) {
    return;
  }
  const std::string packed = pack_tail_row(gathered->key, gathered->row);
  sqlite3_result_blob(context, packed.data(), static_cast<int>(packed.size()), SQLITE_TRANSIENT);
}

}  // namespace

void define_old_tail(Connection& connection) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  sqlite3* const handle = connection.database().getHandle();
  sqlite3_create_function(handle, "tail_digest", 6, kFlags, nullptr, call_digest, nullptr, nullptr);
  sqlite3_create_function(handle, "tail_row", 7, kFlags, nullptr, nullptr, add_to_row, finish_row);
}

}  // namespace revisitd::storage
