#include "daemon/notify/digest.h"

#include <algorithm>

#include "daemon/notify/signature.h"

namespace revisitd::daemon::notify {
namespace {

using rules::EventType;
using storage::DeliveryRow;

bool is_new_revisit(const DeliveryRow& row) {
  return row.type == rules::event_type_name(EventType::revisit_opened) ||
         row.type == rules::event_type_name(EventType::revisit_reopened);
}

bool is_digest(const DeliveryRow& row) { return row.type == kDigestType; }

bool older(const DeliveryRow* a, const DeliveryRow* b) {
  return std::tie(a->created, a->id) < std::tie(b->created, b->id);
}

}  // namespace

DigestBoard::DigestBoard(const PlanOptions& options, const PlanInput& input,
                         const Receiver& receiver)
    : options_(options), input_(input), receiver_(receiver) {
  for (const DeliveryRow* row : input.pending) {
    if (row->receiver == receiver.name) put(*row);
  }
  changed_.clear();
}

const DeliveryRow* DigestBoard::find(const std::string& id) const {
  const auto at = rows_.find(id);
  return at == rows_.end() ? nullptr : &at->second;
}

void DigestBoard::put(DeliveryRow row) {
  TimePoint& last = last_[order_key(row)];
  last = std::max(last, row.created);
  changed_.insert(row.id);
  if (!rows_.contains(row.id) && !row.revisit.empty()) by_revisit_.emplace(row.revisit, row.id);
  const std::string id = row.id;
  rows_.insert_or_assign(id, std::move(row));
}

bool DigestBoard::is_waiting(const DeliveryRow& row) const {
  return is_untouched(row) && input_.now < row.next_attempt;
}

DeliveryRow* DigestBoard::settling(const std::string& revisit) {
  DeliveryRow* newest = nullptr;
  const auto [first, last] = by_revisit_.equal_range(revisit);
  for (auto at = first; at != last; ++at) {
    DeliveryRow& row = rows_.at(at->second);
    if (newest == nullptr || older(newest, &row)) newest = &row;
  }
  if (newest == nullptr || !is_waiting(*newest)) return nullptr;
  const bool joinable = is_new_revisit(*newest) ||
                        newest->type == rules::event_type_name(EventType::revisit_worsened);
  return joinable ? newest : nullptr;
}

bool DigestBoard::refresh_digest(const std::string& digest) {
  const DeliveryRow* row = find(digest);
  if (row == nullptr || !is_waiting(*row)) return false;
  stale_ = true;
  return true;
}

TimePoint DigestBoard::after_last(const std::string& key) const {
  const auto at = last_.find(key);
  return at == last_.end() ? TimePoint::min() : at->second + Duration(1);
}

DigestMember DigestBoard::member_for(const DeliveryRow& row) const {
  const rules::Revisit* known = input_.revisit ? input_.revisit(row.service) : nullptr;
  if (known != nullptr && known->id != row.revisit) known = nullptr;
  return {row.revisit, row.service, known};
}

std::vector<std::string> DigestBoard::waiting_digests() const {
  std::vector<const DeliveryRow*> found;
  for (const auto& [id, row] : rows_) {
    if (is_digest(row) && is_waiting(row)) found.push_back(&row);
  }
  std::sort(found.begin(), found.end(), older);
  std::vector<std::string> ids;
  for (const DeliveryRow* row : found) ids.push_back(row->id);
  return ids;
}

void DigestBoard::gather_storm() {
  const std::vector<std::string> digests = waiting_digests();
  std::vector<DeliveryRow*> members;
  std::size_t fresh = 0;
  for (auto& [id, row] : rows_) {
    const std::string digest = digest_of(row);
    if (!digest.empty()) {
      const bool joins = std::find(digests.begin(), digests.end(), digest) != digests.end();
      if (joins) members.push_back(&row);
    } else if (is_new_revisit(row) && is_untouched(row)) {
      members.push_back(&row);
      ++fresh;
    }
  }
  const bool storm = fresh > options_.digest_over || (!digests.empty() && fresh > 0);
  if (!storm && !(stale_ && !digests.empty())) return;
  std::sort(members.begin(), members.end(), older);
  render(members, digests);
}

// Members only ever come behind those a waiting digest has, and how many fit depends on their ids
// alone, so the waiting digests are filled again in order and none is left without members.
void DigestBoard::render(const std::vector<DeliveryRow*>& members,
                         std::vector<std::string> digests) {
  std::vector<DigestMember> all;
  for (const DeliveryRow* row : members) all.push_back(member_for(*row));
  std::size_t index = 0;
  for (std::size_t first = 0; first < all.size(); ++index) {
    const auto count = static_cast<std::ptrdiff_t>(digest_capacity(receiver_, all, first));
    const auto offset = static_cast<std::ptrdiff_t>(first);
    const std::vector<DeliveryRow*> rows(members.begin() + offset,
                                         members.begin() + offset + count);
    const std::vector<DigestMember> part(all.begin() + offset, all.begin() + offset + count);
    const std::string id = index < digests.size()
                               ? digests[index]
                               : "msg_" + short_hash({options_.instance, receiver_.name,
                                                      std::string(kDigestType), rows.front()->id},
                                                     16);
    first += static_cast<std::size_t>(count);
    const bool ends_here = first == members.size() || digest_of(*members[first]) != id;
    const bool complete = std::all_of(
        rows.begin(), rows.end(), [&](const DeliveryRow* row) { return digest_of(*row) == id; });
    // A full digest that nothing was added to need not be rendered with every plan of a long storm.
    if (stale_ || !complete || !ends_here) write_digest(id, rows, part);
  }
}

void DigestBoard::write_digest(const std::string& id, const std::vector<DeliveryRow*>& rows,
                               const std::vector<DigestMember>& members) {
  DeliveryRow digest;
  if (const DeliveryRow* known = find(id)) {
    digest = *known;
  } else {
    digest.id = id;
    digest.receiver = receiver_.name;
    digest.type = kDigestType;
    digest.created = rows.front()->created;
    digest.next_attempt = rows.front()->next_attempt;
  }
  for (const DeliveryRow* row : rows) {
    digest.next_attempt = std::min(digest.next_attempt, row->next_attempt);
  }
  // Members wait exactly as long as their digest, so that nobody takes them for unsent afterwards.
  for (DeliveryRow* row : rows) {
    if (digest_of(*row) == id && row->next_attempt == digest.next_attempt) continue;
    join_digest(*row, id);
    row->next_attempt = digest.next_attempt;
    changed_.insert(row->id);
  }
  digest.body = digest_body(receiver_, members, digest.created, {options_.links});
  const DeliveryRow* known = find(id);
  const bool same =
      known != nullptr && known->body == digest.body && known->next_attempt == digest.next_attempt;
  if (!same) put(std::move(digest));
}

std::vector<DeliveryRow> DigestBoard::changed() && {
  std::vector<DeliveryRow> result;
  for (const std::string& id : changed_) result.push_back(std::move(rows_.at(id)));
  std::sort(result.begin(), result.end(),
            [](const DeliveryRow& a, const DeliveryRow& b) { return older(&a, &b); });
  return result;
}

}  // namespace revisitd::daemon::notify
