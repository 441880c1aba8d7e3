#include "rules/saved_reading.h"

#include <map>
#include <utility>

#include "rules/condition_table.h"
#include "rules/json_reader.h"
#include "rules/json_text.h"

// Members stand in their order and without their names: a fleet has thousands of readings, and no
// other program reads them.
namespace revisitd::rules {
namespace {

// Writes an array.
class Elements {
 public:
  explicit Elements(std::string& out) : out_(out) { out_ += '['; }
  Elements(const Elements&) = delete;
  Elements& operator=(const Elements&) = delete;
  ~Elements() { out_ += ']'; }

  // Where the next element goes. That of a list goes straight into it, however many it is of.
  std::string& next() {
    if (!std::exchange(first_, false)) out_ += ',';
    return out_;
  }
  Elements& text(std::string_view value) {
    append_json_text(next(), value);
    return *this;
  }
  Elements& integer(std::int64_t value) {
    append_json_integer(next(), value);
    return *this;
  }
  Elements& number(double value) {
    append_json_number(next(), value);
    return *this;
  }
  Elements& flag(bool value) { return integer(value ? 1 : 0); }
  // Of an enumeration.
  template <class Enum>
  Elements& word(Enum value) {
    return integer(static_cast<std::int64_t>(value));
  }
  Elements& place(Place place) { return integer(place.line).integer(place.column); }
  Elements& share(Share share) { return integer(share.num).integer(share.den); }
  template <class Range, class Write>
  Elements& list(const Range& range, const Write& write) {
    Elements elements(next());
    for (const auto& one : range) write(one, elements);
    return *this;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

void write_text(const std::string& text, Elements& out) { out.text(text); }

void write_quantity(const std::pair<const std::string, Quantity>& entry, Elements& out) {
  out.text(entry.first).number(entry.second.value).word(entry.second.unit);
}

void write_signal(const SignalSpec& signal, Elements& out) {
  out.text(signal.name).word(signal.reduction).number(signal.quantile).text(signal.series);
  out.text(signal.label).text(signal.per).text(signal.from).text(signal.query);
  out.word(signal.unit).flag(signal.allow_partial);
}

void write_trigger(const Trigger& trigger, Elements& out) {
  out.text(trigger.name).text(trigger.when.text());
  out.flag(trigger.provided.has_value()).text(trigger.provided ? trigger.provided->text() : "");
  out.integer(trigger.window.count()).share(trigger.trip).share(trigger.clear);
  out.share(trigger.coverage).flag(trigger.hard).text(trigger.favours).text(trigger.why);
  out.place(trigger.place);
}

void write_decision(const Decision& decision, const SignalTable& known, Elements& out) {
  out.text(decision.service).text(decision.team).text(decision.language);
  out.list(decision.alternatives, write_text).text(decision.workload);
  out.list(decision.envelope, write_quantity);
  out.flag(decision.review_every.has_value());
  out.integer(decision.review_every.value_or(Duration{}).count());
  out.flag(decision.review_by.has_value());
  out.integer(to_millis(decision.review_by.value_or(TimePoint{})));
  out.integer(decision.tenure.count());
  out.list(decision.signals, [&](const SignalTable::value_type& entry, Elements& own) {
    const auto same = known.find(entry.first);
    if (same == known.end() || same->second != entry.second) write_signal(entry.second, own);
  });
  out.list(decision.triggers, write_trigger);
  out.text(decision.runtime).list(decision.inputs, write_quantity).text(decision.id);
  out.place(decision.place).place(decision.team_place).text(decision.title);
  out.integer(to_millis(decision.date)).text(decision.superseded_by);
}

void write_diagnostic(const Diagnostic& diagnostic, Elements& out) {
  out.text(diagnostic.file).place(diagnostic.place).text(diagnostic.message);
  out.text(diagnostic.source).word(diagnostic.severity);
}

// Reads what was written, member by member. Throws JsonReadError.
class Restorer {
 public:
  Restorer(std::string_view text, const std::string& path, const SharedSignals& signals,
           ConditionTable& conditions)
      : path_(path), signals_(signals), conditions_(conditions), json_(text) {}

  RecordReading reading() {
    RecordReading reading;
    const std::size_t rounds = json_.array([&](std::size_t round) {
      if (round > 0) throw JsonReadError("expected no more members");
      read(reading);
    });
    if (rounds == 0) throw JsonReadError("expected a reading, found nothing");
    return reading;
  }

 private:
  void read(RecordReading& reading) {
    reading.status = word(RecordStatus::unknown);
    reading.title = text();
    reading.superseded_by = text();
    reading.has_block = flag();
    reading.unfinished = flag();
    list([&] { read(reading.decisions.emplace_back()); });
    list([&] { read(reading.diagnostics.emplace_back()); });
  }

  void read(Decision& decision) {
    decision.service = text();
    decision.team = text();
    decision.language = text();
    list([&] { decision.alternatives.push_back(text()); });
    decision.workload = text();
    list([&] { read(decision.envelope); });
    const bool every = flag();
    if (const Duration review = duration(); every) decision.review_every = review;
    const bool by = flag();
    if (const TimePoint review = time(); by) decision.review_by = review;
    decision.tenure = duration();
    SignalTable own;
    list([&] { read(own); });
    if (own.empty()) {
      decision.signals = signals_;
    } else {
      own.insert(signals_.begin(), signals_.end());
      decision.signals = std::move(own);
    }
    list([&] { decision.triggers.push_back(trigger(decision.signals)); });
    decision.runtime = text();
    list([&] { read(decision.inputs); });
    decision.id = text();
    decision.path = path_;
    decision.place = place();
    decision.team_place = place();
    decision.title = text();
    decision.date = time();
    decision.superseded_by = text();
  }

  Trigger trigger(const SignalTable& signals) {
    std::string name = text();
    Trigger trigger{.name = std::move(name), .when = condition(json_.text(), signals)};
    const bool provided = flag();
    if (const std::string_view words = json_.text(); provided)
      trigger.provided = condition(words, signals);
    trigger.window = duration();
    trigger.trip = share();
    trigger.clear = share();
    trigger.coverage = share();
    trigger.hard = flag();
    trigger.favours = text();
    trigger.why = text();
    trigger.place = place();
    return trigger;
  }

  Condition condition(std::string_view words, const SignalTable& signals) {
    auto parsed = conditions_.parse(words, signals);
    if (!parsed) throw JsonReadError("expected a condition: " + parsed.error().message);
    return *std::move(parsed);
  }

  void read(SignalTable& into) {
    SignalSpec signal;
    signal.name = text();
    signal.reduction = word(Reduction::query);
    signal.quantile = json_.number();
    signal.series = text();
    signal.label = text();
    signal.per = text();
    signal.from = text();
    signal.query = text();
    signal.unit = word(Unit::ratio);
    signal.allow_partial = flag();
    std::string name = signal.name;
    into.emplace(std::move(name), std::move(signal));
  }

  void read(std::map<std::string, Quantity>& into) {
    std::string name = text();
    const double value = json_.number();
    into.emplace_hint(into.end(), std::move(name), Quantity{value, word(Unit::ratio)});
  }

  void read(Diagnostic& diagnostic) {
    diagnostic.file = text();
    diagnostic.place = place();
    diagnostic.message = text();
    diagnostic.source = text();
    diagnostic.severity = word(Severity::warning);
  }

  // For what the elements of an array are, each one or more of them.
  template <class Read>
  void list(const Read& read) {
    json_.array([&](std::size_t) { read(); });
  }

  std::string text() { return std::string(json_.text()); }
  bool flag() { return json_.integer<int>() != 0; }
  Duration duration() { return Duration{json_.integer<std::int64_t>()}; }
  TimePoint time() { return from_millis(json_.integer<std::int64_t>()); }
  Place place() {
    const int line = json_.integer<int>();
    return {line, json_.integer<int>()};
  }
  Share share() {
    const auto num = json_.integer<std::int64_t>();
    const auto den = json_.integer<std::int64_t>();
    if (den < 1) throw JsonReadError("expected a share");
    return {num, den};
  }
  // One of those from the first to this one.
  template <class Enum>
  Enum word(Enum last) {
    const int value = json_.integer<int>();
    if (value < 0 || value > static_cast<int>(last)) throw JsonReadError("expected a known word");
    return static_cast<Enum>(value);
  }

  const std::string& path_;
  const SharedSignals& signals_;
  ConditionTable& conditions_;
  JsonReader json_;
};

}  // namespace

std::string save_reading(const RecordReading& reading, const SignalTable& signals) {
  std::string text;
  {
    Elements out(text);
    out.word(reading.status).text(reading.title).text(reading.superseded_by);
    out.flag(reading.has_block).flag(reading.unfinished);
    out.list(reading.decisions, [&](const Decision& decision, Elements& into) {
      write_decision(decision, signals, into);
    });
    out.list(reading.diagnostics, write_diagnostic);
  }
  return text;
}

std::optional<RecordReading> restore_reading(std::string_view text, const std::string& path,
                                             const SharedSignals& signals,
                                             ConditionTable& conditions) {
  try {
    return Restorer(text, path, signals, conditions).reading();
  } catch (const JsonReadError&) {
    return std::nullopt;
  }
}

std::string save_signals(const SignalTable& signals) {
  std::string text;
  {
    Elements out(text);
    for (const auto& [name, signal] : signals) write_signal(signal, out);
  }
  return text;
}

}  // namespace revisitd::rules
