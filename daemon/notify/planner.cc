#include "daemon/notify/planner.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "daemon/notify/digest.h"
#include "daemon/notify/signature.h"
#include "daemon/notify/wording.h"

namespace revisitd::daemon::notify {
namespace {

using rules::Event;
using rules::EventType;
using storage::DeliveryRow;
using storage::DeliveryState;

constexpr std::string_view kMember = "digest:";
constexpr std::size_t kIdBytes = 16;

bool is_of_sight(EventType type) {
  return type == EventType::trigger_blind || type == EventType::trigger_sighted;
}

bool settles(EventType type) {
  return type == EventType::revisit_opened || type == EventType::revisit_reopened ||
         type == EventType::revisit_worsened || is_of_sight(type);
}

std::string row_id(const PlanOptions& options, const Event& event, const Receiver& receiver) {
  const std::string revisit = event.revisit ? event.revisit->id : std::string();
  const int transition = event.revisit ? event.revisit->transitions : 0;
  return "msg_" +
         short_hash({options.instance, event.service, revisit, event.trigger,
                     std::to_string(transition), std::string(rules::event_type_name(event.type)),
                     std::to_string(to_millis(event.at)), receiver.name},
                    kIdBytes);
}

// The rows of one receiver while a plan is made.
class ReceiverPlan {
 public:
  // `settling`: of all receivers.
  ReceiverPlan(const PlanOptions& options, const PlanInput& input, const Receiver& receiver,
               std::vector<Settling>& settling)
      : options_(options),
        input_(input),
        receiver_(receiver),
        settling_(settling),
        board_(options, input, receiver) {}

  void tell(const Event& event) {
    if (event.type == EventType::revisit_worsened && event.revisit && settled_in(event)) return;
    if (is_of_sight(event.type) && told_along(event)) return;
    DeliveryRow row;
    row.id = row_id(options_, event, receiver_);
    if (board_.find(row.id) != nullptr) return;
    row.receiver = receiver_.name;
    row.type = rules::event_type_name(event.type);
    row.service = event.service;
    if (is_of_revisit(event.type) && event.revisit) row.revisit = event.revisit->id;
    row.body = body(event);
    row.created = std::max(input_.now, board_.after_last(order_key(row)));
    row.next_attempt = settles(event.type) ? input_.now + options_.settle : input_.now;
    if (is_of_sight(event.type)) settling_.push_back({row, event});
    board_.put(std::move(row));
  }

  std::vector<DeliveryRow> finish() && {
    board_.gather_storm();
    return std::move(board_).changed();
  }

 private:
  // Whether a row that cannot have been sent yet tells of the worsening, too.
  bool settled_in(const Event& event) {
    DeliveryRow* waiting = board_.settling(event.revisit->id);
    if (waiting == nullptr) return false;
    if (const std::string digest = digest_of(*waiting); !digest.empty()) {
      return board_.refresh_digest(digest);
    }
    const auto type = rules::parse_event_type(waiting->type);
    if (!type) return false;
    Event told = event;
    told.type = *type;
    DeliveryRow row = *waiting;
    row.body = body(told);
    board_.put(std::move(row));
    return true;
  }

  // Whether a row of the same decision that cannot have been sent yet tells of the trigger, too.
  bool told_along(const Event& event) {
    const auto waiting = std::find_if(settling_.begin(), settling_.end(), [&](const Settling& s) {
      return s.row.receiver == receiver_.name && s.event.type == event.type &&
             s.event.service == event.service;
    });
    if (waiting == settling_.end()) return false;
    Event& told = waiting->event;
    const std::vector<rules::TriggerNews> all = told_triggers(told);
    const bool known = std::any_of(all.begin(), all.end(), [&](const rules::TriggerNews& news) {
      return news.trigger == event.trigger;
    });
    if (known) return told.trigger == event.trigger && told.at == event.at;
    told.others.push_back({event.trigger, event.verdict, event.counts, event.missing});
    waiting->row.body = body(told);
    board_.put(waiting->row);
    return true;
  }

  [[nodiscard]] std::string body(const Event& event) const {
    return event_body(receiver_, event, {options_.links});
  }

  const PlanOptions& options_;
  const PlanInput& input_;
  const Receiver& receiver_;
  std::vector<Settling>& settling_;
  DigestBoard board_;
};

}  // namespace

std::vector<DeliveryRow> plan(const PlanOptions& options, const Recipients& recipients,
                              const PlanInput& input, const std::vector<Event>& events) {
  std::map<std::string, ReceiverPlan> plans;
  std::vector<Settling> own;
  std::vector<Settling>& settling = input.settling != nullptr ? *input.settling : own;
  std::erase_if(settling, [&](const Settling& s) { return s.row.next_attempt <= input.now; });
  for (const Event& event : events) {
    for (const Receiver* receiver : receivers_of(event, recipients.receivers, recipients.routes)) {
      plans.try_emplace(receiver->name, options, input, *receiver, settling)
          .first->second.tell(event);
    }
  }
  std::vector<DeliveryRow> rows;
  for (auto& [name, receiver_plan] : plans) {
    std::vector<DeliveryRow> changed = std::move(receiver_plan).finish();
    std::move(changed.begin(), changed.end(), std::back_inserter(rows));
  }
  return rows;
}

std::vector<DeliveryRow> plan_notice(const PlanOptions& options, const Recipients& recipients,
                                     TimePoint now, const Notice& notice) {
  std::vector<DeliveryRow> rows;
  for (const Receiver& receiver : recipients.receivers) {
    if (receiver.name == notice.receiver) continue;
    if (notice.kind == NoticeKind::receiver_accepts && !receiver.send_resolved) continue;
    DeliveryRow row;
    row.type = notice_type(notice.kind);
    row.id = "msg_" + short_hash({options.instance, row.type, notice.receiver,
                                  std::to_string(to_millis(notice.at)), receiver.name},
                                 kIdBytes);
    row.receiver = receiver.name;
    row.body = notice_body(receiver, notice, {options.links});
    row.created = row.next_attempt = now;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string digest_of(const DeliveryRow& row) {
  return row.body.starts_with(kMember) ? row.body.substr(kMember.size()) : std::string();
}

bool is_untouched(const DeliveryRow& row) { return row.attempts == 0 && row.last_error.empty(); }

void join_digest(DeliveryRow& row, const std::string& digest) {
  row.body = std::string(kMember) + digest;
}

const std::string& order_key(const DeliveryRow& row) {
  if (row.type == kDigestType) return row.id;
  return row.revisit.empty() ? row.service : row.revisit;
}

std::vector<DeliveryRow> requeued(const std::vector<DeliveryRow>& dead, const std::string& id,
                                  TimePoint now) {
  const auto named =
      std::find_if(dead.begin(), dead.end(), [&](const DeliveryRow& row) { return row.id == id; });
  if (named == dead.end()) return {};
  const std::string member_of = digest_of(*named);
  const std::string& head = member_of.empty() ? id : member_of;
  std::vector<DeliveryRow> rows;
  for (const DeliveryRow& row : dead) {
    if (row.id != head && digest_of(row) != head) continue;
    rows.push_back(row);
    DeliveryRow& again = rows.back();
    again.state = DeliveryState::pending;
    again.attempts = 0;
    again.created = now;
    again.next_attempt = now;
    again.finished.reset();
    again.last_error.clear();
  }
  return rows;
}

}  // namespace revisitd::daemon::notify
