#include "rules/trigger_test.h"

#include <algorithm>

#include "rules/trigger_test_decode.h"

namespace revisitd::rules {
namespace {

constexpr std::size_t kSeriesBytes = 256 * 1024;

std::optional<TestSeries> decode_values(const YamlValue& value, const std::string& service,
                                        Place service_place) {
  TestSeries series;
  series.service = service;
  series.service_place = service_place;
  series.signal = value.name();
  series.place = value.key_place();
  YamlMap map(value);
  const YamlValue every = map.required("every");
  series.every = every.duration(Duration{1}, std::chrono::days(1)).value_or(Duration{});
  series.every_place = every.place();
  const YamlValue values = map.required("values");
  const YamlValue unit = map.optional("unit");
  map.finish();
  const std::optional<std::string> text = values.text(kSeriesBytes);
  if (!text) return std::nullopt;
  auto parsed = parse_series(*text);
  if (!parsed) {
    values.error_at(parsed.error().offset, parsed.error().message);
    return std::nullopt;
  }
  series.series = *std::move(parsed);
  const auto declared = unit.one_of<Unit>({{"number", Unit::number},
                                           {"seconds", Unit::seconds},
                                           {"bytes", Unit::bytes},
                                           {"ratio", Unit::ratio}});
  const Unit written = series.series.unit.value_or(Unit::number);
  if (declared && written != Unit::number && written != *declared) {
    unit.error("the values are in " + std::string(unit_name(written)));
  }
  if (declared) series.series.unit = declared;
  return series;
}

void decode_signals_of(const YamlValue& service, TriggerTest& test) {
  for (const YamlValue& signal : service.entries()) {
    std::vector<YamlValue> lengths{signal};
    if (signal.is_list()) lengths = signal.items();
    for (YamlValue& one : lengths) {
      YamlValue named(*one.node(), signal.name(), signal.findings());
      auto series = decode_values(named, service.name(), service.key_place());
      if (!series) continue;
      series->place = signal.key_place();
      const bool twice =
          std::any_of(test.series.begin(), test.series.end(), [&](const TestSeries& other) {
            return other.service == series->service && other.signal == series->signal &&
                   other.every == series->every;
          });
      if (twice) one.error("its values in slots of this length are given already");
      test.series.push_back(*std::move(series));
    }
  }
}

void refuse_events_while_down(const TriggerTest& test, Findings& findings) {
  for (const TestEvent& event : test.events) {
    const TestEvent* outage = outage_at(test, event.at);
    if (outage == nullptr || outage == &event) continue;
    findings.error(event.place, "the daemon is down then: it is restarted at " +
                                    format_duration(outage->at) + ", expected another time");
  }
}

}  // namespace

TimePoint TriggerTest::end() const {
  Duration length{};
  for (const TestSeries& s : series) {
    length = std::max(length, s.every * static_cast<std::int64_t>(s.series.values.size()));
  }
  for (const TestEvent& e : events) {
    const auto* down = std::get_if<ReplayEvent::Down>(&e.what);
    length = std::max(length, e.at + (down ? down->length : Duration{}));
  }
  for (const TestCheck& c : checks) length = std::max(length, c.to);
  return start + length;
}

TestEvent::RecordFiles decode_record_files(const YamlValue& list) {
  TestEvent::RecordFiles files;
  for (const YamlValue& item : list.items()) {
    auto path = item.text();
    if (!path) continue;
    files.paths.push_back(*std::move(path));
    files.places.push_back(item.place());
  }
  return files;
}

std::optional<TriggerTest> decode_trigger_test(std::string_view text, const std::string& file,
                                               Findings& findings) {
  const std::vector<YamlNode> documents = parse_yaml(text, {}, findings);
  if (documents.empty()) return std::nullopt;
  TriggerTest test;
  test.file = file;
  YamlMap map(YamlValue(documents.front(), "", findings));
  const YamlValue records = map.required("records");
  test.records = decode_record_files(records);
  test.records_place = records.place();
  if (records.is_list() && test.records.paths.empty())
    records.error("expected at least one record");
  test.roster = map.optional("roster").text().value_or("");
  test.config = map.optional("config").text().value_or("");
  test.start = map.required("start").time().value_or(TimePoint{});
  for (const YamlValue& service : map.optional("signals").entries()) {
    decode_signals_of(service, test);
  }
  for (const YamlValue& item : map.optional("events").items()) decode_event(item, test);
  refuse_events_while_down(test, findings);
  const YamlValue expect = map.required("expect");
  for (const YamlValue& item : expect.items()) decode_expectation(item, test);
  if (expect.is_list() && expect.node()->items.empty()) {
    expect.error("expected at least one expectation: a test without one tests nothing");
  }
  map.finish();
  if (!findings.ok()) return std::nullopt;
  return test;
}

SignalTable signals_of(const TriggerTest& test, Findings& findings) {
  SignalTable signals;
  for (const TestSeries& s : test.series) {
    const Unit unit = s.series.unit.value_or(Unit::number);
    if (unit == Unit::number) continue;
    const auto [entry, fresh] = signals.try_emplace(s.signal);
    if (!fresh && entry->second.unit != unit) {
      findings.error(s.place, "`" + s.signal + "` is in " + std::string(unit_name(unit)) +
                                  " here and in " + std::string(unit_name(entry->second.unit)) +
                                  " above, expected one unit");
    }
    entry->second.name = s.signal;
    entry->second.unit = unit;
  }
  return signals;
}

}  // namespace revisitd::rules
