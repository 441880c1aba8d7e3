#include "daemon/config.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "collectors/safe_file.h"
#include "collectors/selector.h"
#include "daemon/config_decode.h"
#include "rules/preset.h"

namespace revisitd::daemon {
namespace {

using rules::YamlMap;
using rules::YamlValue;

constexpr std::size_t kMostBytes = 1u << 20;
constexpr int kMostReplaced = 5;  // readings of a file that is being replaced
constexpr Duration kSecond = std::chrono::seconds(1);
constexpr Duration kDay = std::chrono::hours(24);
constexpr Duration kYear = 365 * kDay;

std::vector<Duration> decode_durations(const YamlValue& value, std::vector<Duration> otherwise) {
  if (!value.given()) return otherwise;
  std::vector<Duration> list;
  for (const YamlValue& item : value.items()) {
    const auto duration = item.duration(kSecond, 10 * kYear);
    if (!duration) continue;
    if (!list.empty() && *duration <= list.back())
      item.error("expected durations in ascending order");
    list.push_back(*duration);
  }
  if (value.is_list() && value.items().empty()) value.error("expected at least one duration");
  return list.empty() ? otherwise : list;
}

GlobalConfig decode_global(const YamlValue& value) {
  GlobalConfig global;
  YamlMap map(value);
  global.scrape_interval =
      map.optional("scrape_interval").duration(kSecond, kDay).value_or(global.scrape_interval);
  // As in Prometheus, a short interval shortens the default timeout.
  global.scrape_timeout = std::min(global.scrape_timeout, global.scrape_interval);
  const YamlValue timeout = map.optional("scrape_timeout");
  if (const auto given = timeout.duration(std::chrono::milliseconds(1), kDay)) {
    if (*given > global.scrape_interval) timeout.error("must not be longer than scrape_interval");
    global.scrape_timeout = *given;
  }
  const YamlValue slots = map.optional("slots");
  global.slots = decode_durations(
      slots, {std::chrono::minutes(1), std::chrono::minutes(10), std::chrono::hours(1)});
  for (std::size_t i = 1; i < global.slots.size(); ++i) {
    if (global.slots[i] % global.slots[i - 1] != Duration{}) {
      slots.error("expected each slot length to be a multiple of the one before it");
    }
  }
  if (kDay % global.slots.back() != Duration{})
    slots.error("expected a day to be a multiple of each slot length");
  global.settle = map.optional("settle").duration(Duration{}, kDay).value_or(global.settle);
  global.resend = map.optional("resend").duration(kSecond, kDay).value_or(global.resend);
  global.digest_above =
      static_cast<std::size_t>(map.optional("digest_above").integer(1, 10'000).value_or(50));
  global.reminders = decode_durations(map.optional("reminders"), {7 * kDay, 14 * kDay});
  global.reminder_every =
      map.optional("reminder_every").duration(kSecond, 10 * kYear).value_or(global.reminder_every);
  global.review_grace =
      map.optional("review_grace").duration(kSecond, 10 * kYear).value_or(global.review_grace);
  global.snooze_notice =
      map.optional("snooze_notice").duration(kSecond, kYear).value_or(global.snooze_notice);
  map.finish();
  return global;
}

RecordsConfig decode_records(const YamlValue& value, const std::string& directory) {
  RecordsConfig records;
  YamlMap map(value);
  records.files = decode_files(map.required("files"), directory);
  records.url = decode_url(map.optional("url")).value_or("");
  records.poll_interval =
      map.optional("poll_interval").duration(kSecond, kDay).value_or(records.poll_interval);
  map.finish();
  return records;
}

// Decodes a list whose entries have unique names.
template <class T, class Decode, class NameOf>
std::vector<T> decode_named(const YamlValue& list, Decode decode, NameOf name_of) {
  std::vector<T> all;
  std::set<std::string> names;
  for (const YamlValue& item : list.items()) {
    T entry = decode(item);
    const std::string& name = name_of(entry);
    if (!name.empty() && !names.insert(name).second) {
      item.findings().error(item.place(),
                            "`" + name + "` is defined twice in `" + list.name() + "`");
    }
    all.push_back(std::move(entry));
  }
  return all;
}

// A selector that is none would only be noticed by its having no values.
void check_selector(const YamlValue& value) {
  if (!value.is_scalar()) return;
  const auto selector = collectors::Selector::parse(value.node()->text);
  if (!selector) value.error_at(selector.error().offset, selector.error().message);
}

void check_selectors(const YamlValue& entry, const rules::SignalSpec& signal) {
  const std::string_view key =
      signal.reduction == rules::Reduction::quantile ? "series" : reduction_name(signal.reduction);
  for (const YamlValue& part : entry.entries()) {
    const bool selects = signal.reduction != rules::Reduction::query && part.name() == key;
    if (selects || part.name() == "per") check_selector(part);
  }
}

void decode_preset_list(const YamlValue& value, Config& config) {
  rules::PresetSources sources;
  sources.pages = !config.scrape_configs.empty();
  sources.cgroups = !config.cgroup_configs.empty();
  for (const auto& server : config.prometheus) sources.servers.push_back(server.name);
  rules::PresetSignals read = rules::decode_presets(value, sources);
  config.signals = std::move(read.table);
  config.presets = std::move(read.uses);
}

// What is declared by name takes a preset's place.
void decode_signals(const YamlValue& value, Config& config) {
  for (const YamlValue& entry : value.entries()) {
    auto signal = rules::decode_signal(entry.name(), entry);
    if (!signal) continue;
    check_selectors(entry, *signal);
    const auto server = std::find_if(config.prometheus.begin(), config.prometheus.end(),
                                     [&](const auto& p) { return p.name == signal->from; });
    if (signal->reduction == rules::Reduction::query && server == config.prometheus.end()) {
      std::vector<std::string_view> known;
      for (const auto& p : config.prometheus) known.push_back(p.name);
      entry.error("`from` names no server under `prometheus`: `" + signal->from + "`" +
                  (known.empty() ? "" : "; " + rules::suggestion(signal->from, known)));
      continue;
    }
    for (auto& [preset, signals] : config.presets) std::erase(signals, entry.name());
    config.signals.insert_or_assign(entry.name(), *std::move(signal));
  }
}

// Without routes every receiver is told of everything.
void warn_unrouted(const YamlValue& receivers, const Config& config) {
  if (config.routes.empty()) return;
  std::size_t i = 0;
  for (const YamlValue& item : receivers.items()) {
    if (i == config.receivers.size()) return;
    const std::string& name = config.receivers[i++].name;
    const bool routed = std::any_of(config.routes.begin(), config.routes.end(),
                                    [&](const notify::Route& r) { return r.receiver == name; });
    if (routed || name.empty()) continue;
    item.findings().warning(item.place(),
                            "no route names receiver `" + name +
                                "`: it hears of no decision, only of the daemon itself");
  }
}

}  // namespace

std::optional<Config> parse_config(std::string_view text, const std::string& path,
                                   rules::Findings& findings) {
  const auto documents = rules::parse_yaml(text, {.max_bytes = kMostBytes}, findings);
  if (documents.empty()) return std::nullopt;
  const std::string directory = std::filesystem::path(path).parent_path().string();
  Config config;
  config.path = path;
  YamlMap map(YamlValue(documents.front(), "the configuration", findings));
  config.global = decode_global(map.optional("global"));
  config.records = decode_records(map.required("records"), directory);
  config.roster = decode_roster(map.optional("roster"), directory);
  config.git = decode_git(map.optional("git"), directory);
  config.scrape_configs = decode_named<ScrapeJob>(
      map.optional("scrape_configs"),
      [&](const YamlValue& v) { return decode_scrape_job(v, config.global, directory); },
      [](const ScrapeJob& j) { return j.job_name; });
  config.prometheus = decode_named<PrometheusServer>(
      map.optional("prometheus"),
      [&](const YamlValue& v) { return decode_prometheus(v, config.global, directory); },
      [](const PrometheusServer& s) { return s.name; });
  config.cgroup_configs = decode_named<CgroupJob>(
      map.optional("cgroup_configs"),
      [&](const YamlValue& v) { return decode_cgroup_job(v, config.global); },
      [](const CgroupJob& j) { return j.job_name; });
  decode_preset_list(map.optional("presets"), config);
  decode_signals(map.optional("signals"), config);
  if (const YamlValue assessment = map.optional("assessment"); assessment.given()) {
    config.catalogue = rules::decode_catalogue(assessment);
  }
  std::vector<std::string> servers;
  for (const PrometheusServer& server : config.prometheus) servers.push_back(server.name);
  config.running = decode_running(map.optional("running"), servers);
  config.end_of_life = decode_end_of_life(map.optional("end_of_life"), directory);
  config.receivers = decode_named<notify::Receiver>(
      map.optional("receivers"), [&](const YamlValue& v) { return decode_receiver(v, directory); },
      [](const notify::Receiver& r) { return r.name; });
  for (const YamlValue& item : map.optional("routes").items()) {
    config.routes.push_back(decode_route(item, config.receivers));
  }
  warn_unrouted(map.optional("receivers"), config);
  map.finish();
  if (!findings.ok()) return std::nullopt;
  config.yaml = hide_secrets(text);
  return config;
}

LoadedConfig load_config(const std::string& path) {
  auto text = collectors::read_file(path, kMostBytes);
  // Replaced while it was read: what stands there now is whole.
  for (int i = 0; i < kMostReplaced && !text; ++i) {
    if (text.error().problem != collectors::FileProblem::changing) break;
    text = collectors::read_file(path, kMostBytes);
  }
  if (!text) {
    return {std::nullopt, {Diagnostic{path, {}, text.error().without(path), "", Severity::error}}};
  }
  rules::Findings findings(path, text->text);
  auto config = parse_config(text->text, path, findings);
  LoadedConfig loaded{std::move(config), findings.list()};
  if (!loaded.diagnostics.empty()) hide_secrets(loaded.diagnostics, text->text);
  return loaded;
}

}  // namespace revisitd::daemon
