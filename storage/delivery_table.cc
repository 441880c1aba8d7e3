#include "storage/delivery_table.h"

#include <algorithm>
#include <limits>

#include "storage/row_digest.h"

namespace revisitd::storage {
namespace {

// The numbers stored for DeliveryState.
std::int64_t number_of(DeliveryState state) {
  switch (state) {
    case DeliveryState::pending:
      return 0;
    case DeliveryState::delivered:
      return 1;
    case DeliveryState::dead:
      return 2;
  }
  return -1;
}

DeliveryState state_from(std::int64_t number) {
  return number == 0   ? DeliveryState::pending
         : number == 1 ? DeliveryState::delivered
                       : DeliveryState::dead;
}

std::int64_t digest_of(const DeliveryRow& row) {
  return RowDigest()
      .add(row.id)
      .add(row.receiver)
      .add(row.type)
      .add(row.service)
      .add(row.revisit)
      .add(row.body)
      .add(number_of(row.state))
      .add(row.attempts)
      .add(to_millis(row.created))
      .add(to_millis(row.next_attempt))
      .add(row.finished ? to_millis(*row.finished) : std::numeric_limits<std::int64_t>::min())
      .add(row.last_error)
      .value();
}

void count(Books& books, std::int64_t state, std::int64_t change) {
  if (state == number_of(DeliveryState::pending)) {
    books.pending += change;
  } else if (state == number_of(DeliveryState::dead)) {
    books.dead += change;
  }
}

constexpr const char* kPut =
    "INSERT INTO delivery(id, receiver, type, service, revisit, body, state, attempts, created,"
    " next_attempt, finished, last_error, digest)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
    " ON CONFLICT(id) DO UPDATE SET receiver = ?2, type = ?3, service = ?4, revisit = ?5,"
    " body = ?6, state = ?7, attempts = ?8, created = ?9, next_attempt = ?10, finished = ?11,"
    " last_error = ?12, digest = ?13";

constexpr const char* kForget =
    "DELETE FROM delivery WHERE place IN"
    " (SELECT place FROM delivery WHERE state = 1 AND finished < ?1 LIMIT ?2)";

}  // namespace

DeliveryTable::DeliveryTable(Connection& connection)
    : connection_(connection),
      state_of_(connection.database(), "SELECT state FROM delivery WHERE id = ?1"),
      put_(connection.database(), kPut),
      forget_(connection.database(), kForget) {}

void DeliveryTable::put(const DeliveryRow& row, Books& books) {
  {
    Use old(state_of_);
    old.bind(1, row.id);
    if (old.step()) {
      count(books, old.number(0), -1);
    }
  }
  Use put(put_);
  put.bind(1, row.id).bind(2, row.receiver).bind(3, row.type).bind(4, row.service);
  put.bind(5, row.revisit).bind(6, row.body).bind(7, number_of(row.state)).bind(8, row.attempts);
  put.bind(9, to_millis(row.created)).bind(10, to_millis(row.next_attempt));
  if (row.finished) {
    put.bind(11, to_millis(*row.finished));
  } else {
    put.bind_null(11);
  }
  put.bind(12, row.last_error).bind(13, digest_of(row));
  put.run();
  count(books, number_of(row.state), 1);
}

SQLite::Statement& DeliveryTable::prepared(const DeliveryQuery& query) {
  const std::string text =
      std::string(
          "SELECT id, receiver, type, service, revisit, body, state, attempts, created,"
          " next_attempt, finished, last_error, digest FROM delivery WHERE 1") +
      (query.state ? " AND state = ?1" : "") +
      (query.receiver.empty() ? "" : " AND receiver = ?2") + " ORDER BY place" +
      (query.newest_first ? " DESC" : "") + " LIMIT ?3";
  return queries_.try_emplace(text, connection_.database(), text).first->second;
}

std::vector<DeliveryRow> DeliveryTable::find(const DeliveryQuery& query, const Books& books) {
  Use row(prepared(query));
  row.bind(3, static_cast<std::int64_t>(
                  std::min<std::size_t>(query.limit, std::numeric_limits<std::int64_t>::max())));
  if (query.state) {
    row.bind(1, number_of(*query.state));
  }
  if (!query.receiver.empty()) {
    row.bind(2, query.receiver);
  }
  std::vector<DeliveryRow> rows;
  while (row.step()) {
    rows.push_back(row_of(row));
  }
  const bool counted = query.receiver.empty() && query.state == DeliveryState::pending;
  if (counted && rows.size() != std::min<std::size_t>(query.limit, books.pending)) {
    throw connection_.damaged("pending deliveries are missing");
  }
  return rows;
}

int DeliveryTable::forget_delivered(TimePoint time, int limit) {
  Use(forget_).bind(1, to_millis(time)).bind(2, static_cast<std::int64_t>(limit)).run();
  return connection_.database().getChanges();
}

DeliveryRow DeliveryTable::row_of(const Use& row) {
  DeliveryRow found;
  found.id = row.text(0);
  found.receiver = row.text(1);
  found.type = row.text(2);
  found.service = row.text(3);
  found.revisit = row.text(4);
  found.body = row.text(5);
  found.state = state_from(row.number(6));
  found.attempts = static_cast<int>(row.number(7));
  found.created = from_millis(row.number(8));
  found.next_attempt = from_millis(row.number(9));
  if (!row.is_null(10)) {
    found.finished = from_millis(row.number(10));
  }
  found.last_error = row.text(11);
  if (row.number(12) != digest_of(found)) {
    throw connection_.damaged("delivery " + found.id);
  }
  return found;
}

}  // namespace revisitd::storage
