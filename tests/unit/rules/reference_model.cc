#include "tests/unit/rules/reference_model.h"

#include <algorithm>
#include <cmath>

namespace revisitd::reference {
namespace {

std::string quantity(double value) { return std::to_string(std::llround(value * 1000)) + "ms"; }

std::optional<bool> above(const std::optional<Number>& number, double limit) {
  if (!number) return std::nullopt;
  if (number->low == number->high) return number->value > limit;
  if (number->low >= limit) return true;
  if (number->high <= limit) return false;
  return std::nullopt;
}

std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) {
  if (a == false || b == false) return false;
  if (!a || !b) return std::nullopt;
  return true;
}

std::optional<bool> one(std::optional<bool> a, std::optional<bool> b) {
  if (a == true || b == true) return true;
  if (!a || !b) return std::nullopt;
  return false;
}

Number exact(double value) { return {value, value, value}; }

}  // namespace

std::string Trigger::when() const {
  const std::string number = std::to_string(std::llround(limit));
  switch (shape) {
    case Shape::latency:
      return "latency_p99 > " + quantity(limit);
    case Shape::busy_latency:
      return "latency_p99 > " + quantity(limit) + " and rps > 500";
    case Shape::either:
      return "latency_p99 > " + quantity(limit) + " or age() > 200s";
    case Shape::average:
      return "avg(rps, " + format_duration(span) + ") > " + number;
    case Shape::greatest:
      return "max(rps, " + format_duration(span) + ") > " + number;
    case Shape::grown:
      return "change(rps, " + format_duration(span) + ") > " +
             std::to_string(std::llround(limit * 100)) + "%";
    case Shape::few_fluent:
      return "fluent(\"go\") < " + number;
    case Shape::languages:
      return "team_languages() > " + number;
  }
  return "";
}

bool Trigger::same_meaning(const Trigger& o) const {
  return when() == o.when() && provided == o.provided && window == o.window &&
         percent == o.percent && hard == o.hard;
}

bool Model::Case::has(const std::string& trigger) const {
  return std::any_of(triggers.begin(), triggers.end(),
                     [&](const auto& t) { return t.first == trigger; });
}

Duration Model::length_of(Duration window) const {
  for (const Duration length : options_.ladder) {
    if (window <= length * 2016) return length;
  }
  return options_.ladder.back();
}

std::int64_t Model::slots_of(Duration window, Duration length) {
  return window / length + (window % length == Duration{} ? 0 : 1);
}

// What a trigger looks at, and whether it is true, false or unknown.

std::optional<Number> Model::measure(const Trigger& trigger, const Place& place) const {
  const TimePoint end = slot_start(place.index + 1, place.length);
  switch (trigger.shape) {
    case Shape::latency:
    case Shape::busy_latency:
    case Shape::either:
      return place.now.latency;
    case Shape::few_fluent: {
      const Roster* in_force = nullptr;
      for (const Roster& roster : rosters_) {
        if (roster.read_at < end) in_force = &roster;
      }
      if (in_force == nullptr || end > in_force->until) return std::nullopt;
      return exact(in_force->fluent);
    }
    case Shape::languages: {
      std::map<std::string, int> languages;
      for (const auto& [name, service] : services_) ++languages[service.record.language];
      return exact(static_cast<double>(languages.size()));
    }
    case Shape::average:
    case Shape::greatest:
    case Shape::grown:
      break;
  }
  const Values* values = stored(place.service, place.length);
  if (values == nullptr) return std::nullopt;
  const std::int64_t slots = slots_of(trigger.span, place.length);
  const auto at = [&](std::int64_t index) -> std::optional<double> {
    const auto found = values->find(index);
    return found == values->end() ? std::nullopt : found->second.rps;
  };
  if (trigger.shape == Shape::grown) {
    const auto now = at(place.index), then = at(place.index - slots);
    if (!now || !then || *then == 0) return std::nullopt;
    return exact((*now - *then) / std::abs(*then));
  }
  double sum = 0, most = -INFINITY;
  std::int64_t count = 0;
  for (std::int64_t i = place.index - slots + 1; i <= place.index; ++i) {
    if (const auto value = at(i)) {
      sum += *value;
      most = std::max(most, *value);
      ++count;
    }
  }
  if (count * 10 < slots * 8) return std::nullopt;
  return exact(trigger.shape == Shape::average ? sum / static_cast<double>(count) : most);
}

std::optional<bool> Model::holds(const Trigger& trigger, const Place& place) const {
  const std::optional<Number> value = measure(trigger, place);
  const auto rps = place.now.rps ? std::optional(exact(*place.now.rps)) : std::nullopt;
  if (trigger.shape == Shape::few_fluent) {
    if (!value) return std::nullopt;
    return value->value < trigger.limit;
  }
  const std::optional<bool> is_above = above(value, trigger.limit);
  if (trigger.shape == Shape::busy_latency) return both(is_above, above(rps, 500));
  if (trigger.shape == Shape::either) {
    const TimePoint end = slot_start(place.index + 1, place.length);
    return one(is_above, end - place.service.record.date > std::chrono::seconds(200));
  }
  return is_above;
}

State Model::judge(const Trigger& trigger, const Place& place) const {
  if (trigger.provided) {
    if (!place.now.rps) return State::blind;
    if (*place.now.rps < 100) return State::idle;
  }
  const std::optional<bool> breach = holds(trigger, place);
  if (!breach) return State::blind;
  return *breach ? State::breach : State::ok;
}

// Verdicts.

Model::Counts Model::counts(const Standing& s) {
  Counts counts;
  counts.slots = static_cast<int>(slots_of(s.trigger.window, s.length));
  const std::int64_t last = s.judged.empty() ? 0 : s.judged.rbegin()->first;
  for (std::int64_t i = last - counts.slots + 1; i <= last; ++i) {
    const auto found = s.judged.find(i);
    const State state = found == s.judged.end() ? State::blind : found->second;
    counts.blind += state == State::blind;
    counts.ok += state == State::ok;
    counts.breach += state == State::breach;
    counts.idle += state == State::idle;
  }
  return counts;
}

std::string Model::standing_verdict(const Standing& s) {
  for (auto said = s.said.rbegin(); said != s.said.rend(); ++said) {
    if (*said == "clear" || *said == "tripped") return *said;
  }
  return "clear";
}

std::string Model::verdict_of(const Standing& s) {
  const Counts c = counts(s);
  const int covered = c.breach + c.ok;
  if (covered * 100 < s.trigger.percent.coverage * c.slots) {
    return c.idle > c.blind ? "unproven" : "blind";
  }
  if (c.breach * 100 >= s.trigger.percent.trip * covered) return "tripped";
  if (c.breach * 100 <= s.trigger.percent.clear * covered) return "clear";
  return standing_verdict(s);
}

void Model::note(TimePoint at, const std::string& type, const Service& service, const Standing* s) {
  log_ += std::to_string(to_millis(at)) + " " + type + " " + service.record.service;
  if (s != nullptr) {
    const Counts c = counts(*s);
    log_ += ":" + s->trigger.name + "=" + s->verdict + " " + std::to_string(c.breach) + "/" +
            std::to_string(c.ok) + "/" + std::to_string(c.idle) + "/" + std::to_string(c.blind);
  }
  log_ += service.open ? " " + service.open->state + " " + service.open->id : " -";
  log_ += "\n";
}

void Model::say(TimePoint at, Service& service, Standing& s) {
  const std::string verdict = verdict_of(s);
  s.said.push_back(verdict);
  if (verdict == "clear") {
    s.quiet = false;
    s.in_case = false;
    s.wakes.reset();
  }
  const bool news = verdict != s.verdict;
  if (news || !s.since) s.since = at;
  s.verdict = verdict;
  if (news) note(at, "trigger.verdict", service, &s);
}

void Model::tell_blindness(TimePoint at, Service& service, Standing& s, State state) {
  if (state != State::blind) {
    s.blind_run = 0;
    if (std::exchange(s.blind_told, false)) note(at, "trigger.sighted", service, &s);
    return;
  }
  ++s.blind_run;
  const std::int64_t slots = slots_of(s.trigger.window, s.length);
  if (s.blind_told || s.blind_run < 3 || s.blind_run * 20 < slots) return;
  s.blind_told = true;
  note(at, "trigger.blind", service, &s);
}

void Model::raise(TimePoint at, Service& service, Standing& s) {
  if (s.verdict != "tripped" || s.in_case) return;
  if (s.quiet) {
    if (!s.wakes || at < *s.wakes) return;
    s.quiet = false;
    s.wakes.reset();
  }
  const Record& record = service.record;
  const bool young = record.tenure > Duration{} && at < record.date + record.tenure;
  if (young && !s.trigger.hard) return;
  s.in_case = true;
  std::string type = "revisit.worsened";
  if (!service.open) {
    type = "revisit.opened";
    Case fresh;
    fresh.id = record.service + "@" + std::to_string(to_millis(at));
    fresh.since = at;
    fresh.next_reminder = reminder_after(at, at);
    service.open = std::move(fresh);
  } else if (service.open->state == "subsided") {
    type = "revisit.reopened";
    service.open->state = "open";
  }
  const auto value = measure(s.trigger, newest(service, s));
  const auto number = value ? std::optional(value->value) : std::nullopt;
  if (!service.open->has(s.trigger.name))
    service.open->triggers.emplace_back(s.trigger.name, number);
  for (auto& [name, seen] : service.open->triggers) {
    if (name == s.trigger.name) seen = number;
  }
  note(at, type, service, &s);
}

void Model::subside(TimePoint at, Service& service) {
  if (!service.open || service.open->state == "subsided") return;
  for (const auto& [name, value] : service.open->triggers) {
    if (standing_verdict(service.triggers.at(name)) == "tripped") return;
  }
  Case& open = *service.open;
  open.state = "subsided";
  open.limits.clear();
  if (*open.next_reminder <= at) open.next_reminder = reminder_after(open.since, at);
  note(at, "revisit.subsided", service);
}

TimePoint Model::reminder_after(TimePoint since, TimePoint now) const {
  for (const Duration first : options_.first_reminders) {
    if (since + first > now) return since + first;
  }
  TimePoint due = since + options_.first_reminders.back();
  while (due <= now) due += options_.reminders_every;
  return due;
}

// Slots.

const Model::Values* Model::stored(const Service& service, Duration length) const {
  const auto found = store_.find({service.record.service, length});
  return found == store_.end() ? nullptr : &found->second;
}

// The newest that is known, of whichever slot.
Model::Place Model::newest(const Service& service, const Standing& s) const {
  Place place{service, s.length, s.judged.empty() ? 0 : s.judged.rbegin()->first, {}};
  const auto latency = service.latency.find(s.length);
  if (latency != service.latency.end()) place.now.latency = latency->second;
  const auto rps = service.rps.find(s.length);
  if (rps != service.rps.end()) place.now.rps = rps->second;
  return place;
}

std::string Model::slot(Duration length, std::int64_t index,
                        const std::map<std::string, Reading>& readings) {
  log_.clear();
  const TimePoint at = slot_start(index + 1, length);
  if (last_.contains(length) && index <= last_[length]) return log_;
  last_[length] = index;
  for (const auto& [name, reading] : readings) store_[{name, length}][index] = reading;
  for (auto& [name, service] : services_) {
    const auto found = readings.find(name);
    const Reading now = found == readings.end() ? Reading{} : found->second;
    if (now.latency) service.latency[length] = now.latency;
    if (now.rps) service.rps[length] = now.rps;
    bool judged = false;
    for (const Trigger& trigger : service.record.triggers) {
      Standing& s = service.triggers.at(trigger.name);
      if (s.length != length || (!s.judged.empty() && index <= s.judged.rbegin()->first)) continue;
      const Place place{service, length, index, now};
      const State state = judge(trigger, place);
      s.judged[index] = state;
      judged = true;
      say(at, service, s);
      tell_blindness(at, service, s, state);
      if (state == State::ok || state == State::breach) watch_snooze(at, service, s, place);
      raise(at, service, s);
    }
    if (judged) subside(at, service);
  }
  return log_;
}

void Model::watch_snooze(TimePoint at, Service& service, Standing& s, const Place& place) {
  if (!service.open || service.open->state != "snoozed") return;
  const auto limit = service.open->limits.find(s.trigger.name);
  if (limit == service.open->limits.end()) return;
  const auto value = measure(s.trigger, place);
  const bool falling = s.trigger.shape == Shape::few_fluent;
  const bool worse =
      value && (falling ? value->value <= limit->second : value->value >= limit->second);
  s.worse_run = worse ? s.worse_run + 1 : 0;
  if (s.worse_run < 3) return;
  s.worse_run = 0;
  service.open->state = "open";
  service.open->limits.clear();
  service.open->next_reminder = reminder_after(service.open->since, at);
  note(at, "revisit.snooze-ended", service, &s);
}

void Model::restart() {
  last_.clear();
  for (auto& [name, service] : services_) {
    service.latency.clear();
    service.rps.clear();
    for (const auto& [trigger, s] : service.triggers) {
      if (s.judged.empty()) continue;
      const std::int64_t newest = s.judged.rbegin()->first;
      last_[s.length] = last_.contains(s.length) ? std::max(last_[s.length], newest) : newest;
    }
  }
  if (rosters_.size() > 1) rosters_.erase(rosters_.begin(), rosters_.end() - 1);
}

void Model::roster(TimePoint at, Duration validity, int fluent) {
  if (!rosters_.empty() && at < rosters_.back().read_at) return;
  rosters_.push_back({at, at + validity, fluent});
}

std::string Model::state() const {
  std::string text;
  for (const auto& [name, service] : services_) {
    text += name + ":";
    for (const auto& [trigger, s] : service.triggers) {
      const Counts c = counts(s);
      text += " " + trigger + "=" + s.verdict + "/" + standing_verdict(s) + " " +
              std::to_string(c.breach) + "/" + std::to_string(c.ok) + "/" + std::to_string(c.idle) +
              "/" + std::to_string(c.blind) + " since " +
              (s.since ? std::to_string(to_millis(*s.since)) : "never") + ";";
    }
    if (service.open) {
      text += " " + service.open->state + " " + service.open->id + " reminders " +
              std::to_string(service.open->reminders) + " next " +
              std::to_string(to_millis(*service.open->next_reminder));
      for (const auto& [trigger, value] : service.open->triggers) text += " " + trigger;
    }
    text += "\n";
  }
  return text;
}

}  // namespace revisitd::reference
