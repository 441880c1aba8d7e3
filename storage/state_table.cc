#include "storage/state_table.h"

#include "storage/row_digest.h"

namespace revisitd::storage {
namespace {

std::int64_t digest_of(const std::string& kind, const std::string& key, const std::string& value) {
  return RowDigest().add(kind).add(key).add(value).value();
}

}  // namespace

StateTable::StateTable(Connection& connection)
    : connection_(connection),
      load_(connection.database(),
            "SELECT key, value, digest FROM state WHERE kind = ?1 ORDER BY key"),
      find_(connection.database(), "SELECT id, digest FROM state WHERE kind = ?1 AND key = ?2"),
      insert_(connection.database(),
              "INSERT INTO state(kind, key, value, digest) VALUES(?1, ?2, ?3, ?4)"),
      update_(connection.database(), "UPDATE state SET value = ?2, digest = ?3 WHERE id = ?1"),
      erase_(connection.database(), "DELETE FROM state WHERE id = ?1"),
      load_sum_(connection.database(), "SELECT entries, digest FROM state_kind WHERE kind = ?1"),
      save_sum_(connection.database(),
                "INSERT INTO state_kind VALUES(?1, ?2, ?3) ON CONFLICT(kind) DO UPDATE SET "
                "entries = ?2, digest = ?3") {}

std::vector<StateRow> StateTable::load(const std::string& kind) {
  std::vector<StateRow> rows;
  Sum found;
  Use row(load_);
  row.bind(1, kind);
  while (row.step()) {
    rows.push_back({kind, row.text(0), row.text(1)});
    const std::int64_t digest = row.number(2);
    if (digest != digest_of(kind, rows.back().key, rows.back().value)) {
      throw connection_.damaged("state " + kind + "/" + rows.back().key);
    }
    ++found.entries;
    found.digest += static_cast<std::uint64_t>(digest);
  }
  const Sum expected = sum_of(kind);
  if (found.entries != expected.entries || found.digest != expected.digest) {
    throw connection_.damaged("state of kind " + kind + " is not complete");
  }
  return rows;
}

void StateTable::change(const Batch& batch) {
  std::map<std::string, Sum> sums;
  const auto sum = [&](const std::string& kind) -> Sum& {
    const auto known = sums.find(kind);
    return known != sums.end() ? known->second : sums.emplace(kind, sum_of(kind)).first->second;
  };
  for (const auto& [kind, key] : batch.erases) {
    erase(kind, key, sum(kind));
  }
  for (const StateRow& row : batch.puts) {
    put(row, sum(row.kind));
  }
  for (const auto& [kind, total] : sums) {
    Use(save_sum_)
        .bind(1, kind)
        .bind(2, total.entries)
        .bind(3, static_cast<std::int64_t>(total.digest))
        .run();
  }
}

StateTable::Sum StateTable::sum_of(const std::string& kind) {
  Use row(load_sum_);
  row.bind(1, kind);
  return row.step() ? Sum{row.number(0), static_cast<std::uint64_t>(row.number(1))} : Sum{};
}

std::optional<StateTable::Found> StateTable::find(const std::string& kind, const std::string& key) {
  Use row(find_);
  row.bind(1, kind).bind(2, key);
  return row.step() ? std::optional(Found{row.number(0), row.number(1)}) : std::nullopt;
}

// Values are bytes, some of them zero, at which what takes them for a text may end it.
void StateTable::put(const StateRow& row, Sum& sum) {
  const std::int64_t digest = digest_of(row.kind, row.key, row.value);
  if (const auto old = find(row.kind, row.key)) {
    Use(update_).bind(1, old->id).bind_blob(2, row.value).bind(3, digest).run();
    sum.digest -= static_cast<std::uint64_t>(old->digest);
  } else {
    Use(insert_).bind(1, row.kind).bind(2, row.key).bind_blob(3, row.value).bind(4, digest).run();
    ++sum.entries;
  }
  sum.digest += static_cast<std::uint64_t>(digest);
}

void StateTable::erase(const std::string& kind, const std::string& key, Sum& sum) {
  if (const auto old = find(kind, key)) {
    Use(erase_).bind(1, old->id).run();
    --sum.entries;
    sum.digest -= static_cast<std::uint64_t>(old->digest);
  }
}

}  // namespace revisitd::storage
