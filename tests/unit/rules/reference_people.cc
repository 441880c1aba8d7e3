#include <algorithm>

#include "tests/unit/rules/reference_model.h"

// What people do: records, actions, the passing of time.
namespace revisitd::reference {
namespace {

bool asks_latency(const Trigger& t) {
  return t.shape == Shape::latency || t.shape == Shape::busy_latency || t.shape == Shape::either;
}

bool asks_rps(const Trigger& t) {
  const bool function =
      t.shape == Shape::average || t.shape == Shape::greatest || t.shape == Shape::grown;
  return function || t.provided || t.shape == Shape::busy_latency;
}

}  // namespace

std::string Model::decide(TimePoint at, const std::vector<Record>& records) {
  log_.clear();
  for (auto service = services_.begin(); service != services_.end();) {
    const bool stays = std::any_of(records.begin(), records.end(),
                                   [&](const Record& r) { return r.service == service->first; });
    if (stays) {
      ++service;
      continue;
    }
    if (service->second.open) {
      service->second.open->state = "withdrawn";
      note(at, "revisit.withdrawn", service->second);
      service->second.open.reset();
    }
    note(at, "decision.removed", service->second);
    service = services_.erase(service);
  }
  for (const Record& record : records) {
    const bool added = !services_.contains(record.service);
    Service& service = services_[record.service];
    if (added) service.record = record;
    if (!added) settle(at, service, record);
    service.record = record;
    if (added) note(at, "decision.added", service);
  }
  for (const Record& record : records) {
    Service& service = services_[record.service];
    const auto gone = [&](const std::string& name) {
      return std::none_of(record.triggers.begin(), record.triggers.end(),
                          [&](const Trigger& t) { return t.name == name; });
    };
    std::erase_if(service.triggers, [&](const auto& entry) { return gone(entry.first); });
    if (service.open) {
      std::erase_if(service.open->triggers, [&](const auto& t) { return gone(t.first); });
    }
    for (const Trigger& trigger : record.triggers) judge_anew(at, service, trigger);
    subside(at, service);
  }
  return log_;
}

// What a revision does to the open case.
void Model::settle(TimePoint at, Service& service, const Record& after) {
  const Record& before = service.record;
  // The date of a decision is a day.
  const auto day = [](const Record& r) { return slot_index(r.date, std::chrono::hours(24)); };
  const bool revised =
      before.id != after.id || day(before) != day(after) || before.language != after.language;
  bool any = revised, amended_in_case = false, case_left = false;
  for (const auto& [name, s] : service.triggers) {
    const bool in_case = service.open && service.open->has(name);
    const auto now = std::find_if(after.triggers.begin(), after.triggers.end(),
                                  [&](const Trigger& t) { return t.name == name; });
    const bool amended = now != after.triggers.end() && !now->same_meaning(s.trigger);
    if (now == after.triggers.end() || amended) any = true;
    if (in_case && amended) amended_in_case = true;
    if (in_case && now != after.triggers.end()) case_left = true;
  }
  for (const Trigger& t : after.triggers) any = any || !service.triggers.contains(t.name);
  if (!any) return;
  service.record = after;
  note(at, "decision.edited", service);
  if (service.open && (revised || amended_in_case)) {
    service.open->state = "concluded";
    note(at, "revisit.concluded", service);
    close(service);
  } else if (service.open && !case_left) {
    service.open->state = "withdrawn";
    note(at, "revisit.withdrawn", service);
    close(service);
  }
  if (!revised || after.tenure == Duration{}) return;
  for (auto& [name, s] : service.triggers) {
    if (s.quiet) s.wakes = after.date + after.tenure;
  }
}

// What has been concluded says nothing until it clears.
void Model::close(Service& service) {
  service.open.reset();
  for (auto& [name, s] : service.triggers) {
    if (s.in_case) s.quiet = true;
    s.in_case = false;
    s.worse_run = 0;
  }
}

// The first slot of the window of which something is stored.
std::optional<std::int64_t> Model::first_seen(const Service& service, const Standing& s,
                                              std::int64_t last) const {
  const Trigger& t = s.trigger;
  const std::int64_t oldest = last - slots_of(t.window, s.length) + 1;
  std::optional<std::int64_t> first;
  const auto see = [&](std::int64_t index) {
    if (!first || index < *first) first = std::max(index, oldest);
  };
  if (const Values* values = stored(service, s.length)) {
    for (const auto& [index, reading] : *values) {
      if (index < oldest || index > last) continue;
      if ((asks_latency(t) && reading.latency) || (asks_rps(t) && reading.rps)) see(index);
    }
  }
  const bool asks_people = t.shape == Shape::few_fluent || t.shape == Shape::languages;
  if (asks_people && !rosters_.empty()) see(slot_index(rosters_.front().read_at, s.length));
  if (first && *first > last) return std::nullopt;
  return first;
}

void Model::judge_anew(TimePoint at, Service& service, const Trigger& trigger) {
  const auto known = service.triggers.find(trigger.name);
  const Duration length = length_of(trigger.window);
  const bool same = known != service.triggers.end() && known->second.trigger.same_meaning(trigger);
  if (same && known->second.length == length) return;
  Standing fresh = same ? known->second : Standing{};
  fresh.trigger = trigger;
  fresh.length = length;
  fresh.judged.clear();
  fresh.blind_run = 0;
  fresh.worse_run = 0;
  Standing& s = service.triggers[trigger.name] = fresh;
  const std::int64_t last = last_.contains(length) ? last_[length] : slot_index(at, length) - 2;
  const auto first = first_seen(service, s, last);
  if (!first && !s.since) return;
  for (std::int64_t index = first.value_or(last + 1); index <= last; ++index) {
    Place place{service, length, index, {}};
    const Values* values = stored(service, length);
    if (values != nullptr && values->contains(index)) place.now = values->at(index);
    s.judged[index] = judge(trigger, place);
    s.said.push_back(verdict_of(s));
    if (place.now.latency && asks_latency(trigger)) service.latency[length] = place.now.latency;
    if (place.now.rps && asks_rps(trigger)) service.rps[length] = place.now.rps;
  }
  say(at, service, s);
  raise(at, service, s);
}

bool Model::acknowledge(TimePoint at, const std::string& name) {
  const auto service = services_.find(name);
  if (service == services_.end() || !service->second.open) return false;
  Case& open = *service->second.open;
  if (open.state == "subsided") return false;
  open.state = "acknowledged";
  open.limits.clear();
  if (*open.next_reminder <= at) open.next_reminder = reminder_after(open.since, at);
  return true;
}

bool Model::snooze(TimePoint at, const std::string& name, TimePoint until,
                   std::optional<double> worsens_by) {
  const auto service = services_.find(name);
  if (service == services_.end() || !service->second.open) return false;
  Case& open = *service->second.open;
  if (open.state == "subsided") return false;
  open.state = "snoozed";
  open.snoozed = at;
  open.until = until;
  open.reminded = false;
  open.limits.clear();
  if (!worsens_by) return true;
  for (auto& [trigger, s] : service->second.triggers) s.worse_run = 0;
  for (const auto& [trigger, opened_with] : open.triggers) {
    const Standing& s = service->second.triggers.at(trigger);
    const auto now = measure(s.trigger, newest(service->second, s));
    const auto value = now ? std::optional(now->value) : opened_with;
    if (!value) continue;
    const double margin = std::abs(*value) * *worsens_by;
    open.limits[trigger] = s.trigger.shape == Shape::few_fluent ? *value - margin : *value + margin;
  }
  return true;
}

bool Model::conclude(TimePoint, const std::string& name) {
  const auto service = services_.find(name);
  if (service == services_.end() || !service->second.open) return false;
  close(service->second);
  return true;
}

std::string Model::tick(TimePoint at) {
  log_.clear();
  for (auto& [name, service] : services_) {
    if (service.open && service.open->state == "snoozed") {
      Case& open = *service.open;
      const Duration notice = std::min(options_.snooze_notice, (open.until - open.snoozed) / 10);
      if (at >= open.until) {
        open.state = "open";
        open.limits.clear();
        open.next_reminder = reminder_after(open.since, at);
        note(at, "revisit.snooze-ended", service);
      } else if (!open.reminded && at >= open.until - notice) {
        open.reminded = true;
        note(at, "revisit.snooze-ending", service);
      }
    } else if (service.open && at >= *service.open->next_reminder) {
      ++service.open->reminders;
      service.open->next_reminder = reminder_after(service.open->since, at);
      note(at, "revisit.reminder", service);
    }
    if (!service.record.review_every) continue;
    const TimePoint due = service.record.date + *service.record.review_every;
    if (at >= due + options_.review_grace) {
      if (service.overdue_told != due) note(at, "decision.review-overdue", service);
      service.overdue_told = service.due_told = due;
    } else if (at >= due) {
      if (service.due_told != due) note(at, "decision.review-due", service);
      service.due_told = due;
    }
  }
  return log_;
}

}  // namespace revisitd::reference
