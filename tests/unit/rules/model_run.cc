#include "tests/unit/rules/model_run.h"

#include <algorithm>
#include <stdexcept>

namespace revisitd::reference {
namespace {

using rules::SlotValue;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kSecond = seconds(1);
constexpr Duration kMinute = minutes(1);

Options model_options() {
  return {{kSecond, kMinute}, {seconds(40), seconds(80)}, seconds(130), seconds(100), seconds(8)};
}

rules::EngineOptions engine_options(const Options& o) {
  return {o.ladder, {o.first_reminders, o.reminders_every}, o.review_grace, o.snooze_notice};
}

const rules::SignalTable& signals() {
  static const rules::SignalTable kTable = [] {
    rules::SignalTable table;
    table["latency_p99"].unit = Unit::seconds;
    table["rps"].unit = Unit::number;
    return table;
  }();
  return kTable;
}

rules::Condition parse(const std::string& text) {
  auto condition = rules::Condition::parse(text, signals());
  if (!condition) throw std::logic_error(text + ": " + condition.error().message);
  return *condition;
}

std::shared_ptr<const rules::Decision> decision_of(const Record& r) {
  rules::Decision d;
  d.service = r.service;
  d.team = "payments";
  d.language = r.language;
  d.id = r.id;
  d.title = r.title;
  d.date = r.date;
  d.tenure = r.tenure;
  d.review_every = r.review_every;
  d.signals = signals();
  for (const Trigger& t : r.triggers) {
    rules::Trigger trigger{.name = t.name,
                           .when = parse(t.when()),
                           .provided = {},
                           .window = t.window,
                           .trip = {t.percent.trip, 100},
                           .clear = {t.percent.clear, 100},
                           .coverage = {t.percent.coverage, 100},
                           .hard = t.hard};
    if (t.provided) trigger.provided = parse("rps >= 100");
    d.triggers.push_back(std::move(trigger));
  }
  return std::make_shared<rules::Decision>(std::move(d));
}

// What a letter stands for: b slow, o fast, i fast without work, x slow without work, g slow with
// much more work, ? a bucket with the threshold in it, . nothing, - the service is not there.
std::optional<Reading> reading_of(char letter) {
  const auto exact = [](double value) { return Number{value, value, value}; };
  switch (letter) {
    case 'b':
      return Reading{exact(0.13), 800};
    case 'o':
      return Reading{Number{0.08, 0.05, 0.1}, 600};
    case 'i':
      return Reading{exact(0.08), 10};
    case 'x':
      return Reading{exact(0.13), 10};
    case 'g':
      return Reading{exact(0.2), 1600};
    case '?':
      return Reading{Number{0.12, 0.05, 0.25}, 600};
    case '.':
      return Reading{};
    default:
      return std::nullopt;
  }
}

std::string counts_text(const rules::SlotCounts& c) {
  return std::to_string(c.breach) + "/" + std::to_string(c.ok) + "/" + std::to_string(c.idle) +
         "/" + std::to_string(c.blind);
}

std::string id_text(const rules::Revisit& r) {
  return r.service + "@" + std::to_string(to_millis(r.since));
}

bool is_action(rules::EventType type) {
  return type == rules::EventType::revisit_acknowledged ||
         type == rules::EventType::revisit_snoozed;
}

std::string log_of(const rules::StepResult& result) {
  std::string text;
  for (const rules::Event& e : result.events) {
    if (e.type == rules::EventType::roster_changed || is_action(e.type)) continue;
    text += std::to_string(to_millis(e.at)) + " " + std::string(event_type_name(e.type)) + " " +
            e.service;
    if (e.verdict) {
      text += ":" + e.trigger + "=" + std::string(verdict_name(*e.verdict)) + " " +
              counts_text(e.counts);
    }
    text += e.revisit ? " " + std::string(revisit_state_name(e.revisit->state)) + " " +
                            id_text(*e.revisit)
                      : " -";
    text += "\n";
  }
  return text;
}

std::string state_of(const rules::Engine& engine) {
  std::string text;
  for (const auto& [name, state] : engine.decisions()) {
    text += name + ":";
    for (const auto& [trigger, t] : state.triggers) {
      text += " " + trigger + "=" + std::string(verdict_name(t.verdict)) + "/" +
              std::string(verdict_name(t.standing)) + " " + counts_text(t.ledger.counts()) +
              " since " + (t.since ? std::to_string(to_millis(*t.since)) : "never") + ";";
    }
    if (state.revisit) {
      text += " " + std::string(revisit_state_name(state.revisit->state)) + " " +
              id_text(*state.revisit) + " reminders " + std::to_string(state.revisit->reminders) +
              " next " + std::to_string(to_millis(*state.revisit->next_reminder));
      for (const auto& e : state.revisit->triggers) text += " " + e.name;
    }
    text += "\n";
  }
  return text;
}

}  // namespace

ModelRun::ModelRun(std::vector<Record> records)
    : records_(std::move(records)),
      gone_(records_.size(), false),
      engine_(engine_options(model_options())),
      model_(model_options()) {}

std::optional<std::string> ModelRun::begin() {
  read_roster(2);
  return decide();
}

std::optional<std::string> ModelRun::take(const Step& step) {
  switch (step.kind) {
    case StepKind::slots:
      return slots(step);
    case StepKind::pause:
      now_ += kSecond * step.count;
      return tick();
    case StepKind::back:
      if (!caught_up()) return std::nullopt;
      now_ -= kSecond * step.count;
      return tick();
    case StepKind::restart:
      restart();
      return decide();
    case StepKind::reload: {
      short_slots_ = !short_slots_;
      Options options = model_options();
      if (!short_slots_) options.ladder = {kMinute};
      engine_.set_options(engine_options(options));
      model_.set_ladder(options.ladder);
      return decide();
    }
    case StepKind::people:
      read_roster(step.count);
      return std::nullopt;
    case StepKind::cosmetic:
    case StepKind::limit:
    case StepKind::share:
    case StepKind::drop:
    case StepKind::bring:
    case StepKind::withdraw:
    case StepKind::reinstate:
    case StepKind::redate:
    case StepKind::language:
      return edit(step) ? decide() : std::nullopt;
    case StepKind::acknowledge:
    case StepKind::snooze:
    case StepKind::conclude:
      return act(step);
  }
  return std::nullopt;
}

std::optional<std::string> ModelRun::slots(const Step& step) {
  for (int i = 0; i < step.count; ++i) {
    const std::int64_t minute = slot_index(now_, kMinute);
    now_ += kSecond;
    if (auto wrong = end_slot(kSecond, step.text)) return wrong;
    if (slot_index(now_, kMinute) != minute) {
      if (auto wrong = end_slot(kMinute, step.text)) return wrong;
    }
    if (auto wrong = tick()) return wrong;
  }
  return std::nullopt;
}

std::optional<std::string> ModelRun::end_slot(Duration length, const std::string& letters) {
  const std::int64_t index = slot_index(now_, length) - 1;
  newest_[length] = std::max(index, newest_.try_emplace(length, index).first->second);
  const auto judged = engine_.last_slot(length);
  const bool fresh = !judged || index > *judged;
  rules::SlotReading reading{length, slot_start(index, length), {}, false};
  std::map<std::string, Reading> plain;
  for (std::size_t i = 0; i < records_.size() && i < letters.size(); ++i) {
    const auto now = reading_of(letters[i]);
    if (!now) continue;
    const std::string& name = records_[i].service;
    plain[name] = *now;
    rules::ServiceReading& service = reading.services.emplace_back();
    service.service = name;
    const auto add = [&](const std::string& signal, const SlotValue& value) {
      service.signals.push_back({signal, value});
      auto& stored = store_.values[{name, signal, length}];
      if (fresh) stored.emplace_back(index, value);
    };
    if (now->latency) {
      add("latency_p99", {now->latency->value, now->latency->low, now->latency->high});
    }
    if (now->rps) add("rps", SlotValue::exact(*now->rps));
  }
  return compare(engine_.judge(reading), model_.slot(length, index, plain));
}

std::optional<std::string> ModelRun::tick() {
  return compare(engine_.tick(now_), model_.tick(now_));
}

std::optional<std::string> ModelRun::decide() {
  std::vector<std::shared_ptr<const rules::Decision>> decisions;
  std::vector<Record> records;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (gone_[i]) continue;
    decisions.push_back(decision_of(records_[i]));
    records.push_back(records_[i]);
  }
  rules::SlotHistory wanted;
  for (const rules::HistoryNeed& need : engine_.needs(now_, decisions)) {
    for (const auto& entry : store_.values[need.key]) {
      if (entry.first >= need.first && entry.first < need.last) {
        wanted.values[need.key].push_back(entry);
      }
    }
  }
  return compare(engine_.decide(now_, decisions, wanted), model_.decide(now_, records));
}

// After a restart, once every length has been judged again: until then the engine knows from the
// ledgers alone how far it was.
bool ModelRun::caught_up() const {
  return std::all_of(newest_.begin(), newest_.end(), [&](const auto& entry) {
    return engine_.last_slot(entry.first) == entry.second;
  });
}

void ModelRun::restart() {
  // As the daemon waits for a clock that is behind what is recorded.
  for (const auto& [length, index] : newest_) now_ = std::max(now_, slot_start(index + 1, length));
  rules::Engine fresh(engine_.options());
  if (const Status read = fresh.restore(engine_); !read)
    throw std::logic_error(read.error().message);
  const auto newest = engine_.rosters().newest();
  engine_ = std::move(fresh);
  if (newest) engine_.roster(newest);
  model_.restart();
}

void ModelRun::read_roster(int fluent) {
  auto roster = std::make_shared<rules::Roster>();
  roster->read_at = now_;
  roster->validity = seconds(300);
  rules::Team& team = roster->teams["payments"];
  for (int i = 0; i < fluent; ++i) {
    team.members.push_back(
        {"person-" + std::to_string(i), {{"go", rules::Fluency::fluent}}, {}, {}});
  }
  engine_.roster(roster);
  model_.roster(now_, seconds(300), fluent);
}

// False when there is nothing to do.
bool ModelRun::edit(const Step& step) {
  const auto at = static_cast<std::size_t>(step.service);
  if (at >= records_.size()) return false;
  Record& record = records_[at];
  std::vector<Trigger>& triggers = record.triggers;
  Trigger* trigger = triggers.empty()
                         ? nullptr
                         : &triggers[static_cast<std::size_t>(step.trigger) % triggers.size()];
  switch (step.kind) {
    case StepKind::cosmetic:
      record.title += "!";
      return true;
    case StepKind::limit:
      if (trigger == nullptr) return false;
      trigger->limit *= step.count % 2 == 0 ? 1.5 : 0.5;
      if (trigger->shape >= Shape::few_fluent) trigger->limit = step.count;
      return true;
    case StepKind::share:
      if (trigger == nullptr) return false;
      trigger->percent.trip = 50 + 10 * step.count;
      trigger->percent.clear = 25;
      return true;
    case StepKind::drop:
      if (trigger == nullptr) return false;
      triggers.erase(triggers.begin() + (trigger - triggers.data()));
      return true;
    case StepKind::bring: {
      Trigger added;
      added.name = std::string(1, static_cast<char>('s' + step.trigger));
      added.limit = 0.1;
      added.window = seconds(4 + step.count);
      for (const Trigger& t : triggers) {
        if (t.name == added.name) return false;
      }
      triggers.push_back(added);
      return true;
    }
    case StepKind::withdraw:
    case StepKind::reinstate:
      if (gone_[at] == (step.kind == StepKind::withdraw)) return false;
      gone_[at] = !gone_[at];
      return true;
    case StepKind::redate: {
      const Duration back = std::chrono::hours(24) * step.trigger;
      record.date = now_ - back;
      record.tenure = step.count == 0 ? Duration{} : back + kSecond * step.count;
      return true;
    }
    case StepKind::language:
      record.language = record.language == "go" ? "python" : "go";
      return true;
    case StepKind::slots:
    case StepKind::pause:
    case StepKind::back:
    case StepKind::restart:
    case StepKind::reload:
    case StepKind::people:
    case StepKind::acknowledge:
    case StepKind::snooze:
    case StepKind::conclude:
      return false;
  }
  return false;
}

std::optional<std::string> ModelRun::act(const Step& step) {
  rules::Action action;
  action.target = std::string(1, static_cast<char>('a' + step.service));
  action.by = "ana";
  action.why = "because";
  bool model = false;
  if (step.kind == StepKind::acknowledge) {
    action.kind = rules::Action::Kind::acknowledge;
    model = model_.acknowledge(now_, action.target);
  } else if (step.kind == StepKind::snooze) {
    action.kind = rules::Action::Kind::snooze;
    action.until = now_ + kSecond * step.count;
    if (step.text == "w") action.worsens_by = 0.2;
    model = model_.snooze(now_, action.target, *action.until, action.worsens_by);
  } else {
    action.kind = rules::Action::Kind::conclude;
    action.outcome = rules::Outcome::reaffirmed;
    model = model_.conclude(now_, action.target);
  }
  const bool engine = engine_.act(now_, action).has_value();
  if (engine != model) {
    return std::string("the engine ") + (engine ? "takes" : "refuses") + " the action\n";
  }
  return compare({}, "");
}

std::optional<std::string> ModelRun::compare(const rules::StepResult& engine,
                                             const std::string& model) {
  for (const rules::Event& e : engine.events) met_.emplace(event_type_name(e.type));
  const std::string log = log_of(engine);
  if (log != model) return "engine:\n" + log + "model:\n" + model;
  const std::string state = state_of(engine_);
  if (state != model_.state()) return "engine:\n" + state + "model:\n" + model_.state();
  return std::nullopt;
}

}  // namespace revisitd::reference
