#include "collectors/target_group.h"

#include <algorithm>
#include <set>
#include <utility>

#include "rules/findings.h"
#include "rules/yaml.h"
#include "rules/yaml_decode.h"

namespace revisitd::collectors {
namespace {

constexpr std::string_view kAddress = "__address__";
constexpr std::string_view kScheme = "__scheme__";
constexpr std::string_view kPath = "__metrics_path__";
constexpr std::string_view kInterval = "__scrape_interval__";
constexpr std::string_view kTimeout = "__scrape_timeout__";
constexpr std::string_view kParam = "__param_";

TargetGroup decode_group(const rules::YamlValue& value) {
  TargetGroup group;
  rules::YamlMap map(value);
  for (const rules::YamlValue& item : map.required("targets").items()) {
    if (auto address = item.text(1024))
      group.targets.push_back({{std::string(kAddress), *std::move(address)}});
  }
  for (const rules::YamlValue& label : map.optional("labels").entries()) {
    if (!is_label_name(label.name())) {
      label.findings().error(label.key_place(), "expected a label name of letters, digits and `_`");
      continue;
    }
    if (auto text = label.text(64 * 1024, true)) group.labels[label.name()] = *std::move(text);
  }
  map.finish();
  return group;
}

LabelSet discovered(const ScrapeJob& job, const TargetGroup& group, const LabelSet& target) {
  LabelSet labels = target;
  labels.insert(group.labels.begin(), group.labels.end());
  labels.try_emplace("job", job.job_name);
  labels.try_emplace(std::string(kScheme), job.scheme);
  labels.try_emplace(std::string(kPath), job.metrics_path);
  labels.try_emplace(std::string(kInterval), format_duration(job.scrape_interval));
  labels.try_emplace(std::string(kTimeout), format_duration(job.scrape_timeout));
  for (const auto& [name, value] : job.params) {
    labels.try_emplace(std::string(kParam) + name, value);  // the first one of a name
  }
  return labels;
}

std::string take(LabelSet& labels, std::string_view name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string() : found->second;
}

bool has_port(std::string_view address) {
  const std::size_t bracket = address.rfind(']');
  const std::size_t colon = address.rfind(':');
  return colon != std::string_view::npos &&
         (bracket == std::string_view::npos || colon > bracket) && colon + 1 < address.size();
}

Result<ScrapeTargetSpec> finish(const std::shared_ptr<const ScrapeJob>& job, LabelSet labels) {
  ScrapeTargetSpec target;
  target.address = take(labels, kAddress);
  if (target.address.empty()) return Error{"no address"};
  // The address of a control group is its directory, and it has no port.
  const bool group = job->scheme == "cgroup";
  if (!group && target.address.find('/') != std::string::npos) {
    return Error{"\"" + target.address + "\" is not a valid hostname"};
  }
  target.scheme = take(labels, kScheme);
  if (group != (target.scheme == "cgroup") ||
      (!group && target.scheme != "http" && target.scheme != "https")) {
    return Error{"scheme \"" + target.scheme + "\": expected http or https"};
  }
  target.metrics_path = take(labels, kPath);
  if (!target.metrics_path.starts_with('/')) target.metrics_path.insert(0, "/");
  const auto interval = parse_duration(take(labels, kInterval));
  const auto timeout = parse_duration(take(labels, kTimeout));
  if (!interval || interval->count() <= 0)
    return Error{"__scrape_interval__ is no duration above 0"};
  if (!timeout || timeout->count() <= 0) return Error{"__scrape_timeout__ is no duration above 0"};
  if (*timeout > *interval) return Error{"scrape timeout is longer than the scrape interval"};
  target.interval = *interval;
  target.timeout = *timeout;
  if (!group && !has_port(target.address))
    target.address += target.scheme == "https" ? ":443" : ":80";
  labels.try_emplace("instance", target.address);
  // Rules set the first value of a parameter; one that they drop stays as the job has it, as with
  // Prometheus. A job of its own carries what differs.
  std::vector<std::pair<std::string, std::string>> params;
  std::set<std::string, std::less<>> seen;
  for (const auto& [name, value] : job->params) {
    const auto set = labels.find(std::string(kParam) + name);
    const bool first = seen.insert(name).second;
    params.emplace_back(name, first && set != labels.end() ? set->second : value);
  }
  for (const auto& [name, value] : labels) {
    const bool param = name.starts_with(kParam);
    if (param && !seen.contains(name.substr(kParam.size())))
      params.emplace_back(name.substr(kParam.size()), value);
  }
  target.job = job;
  if (params != job->params) {
    auto own = std::make_shared<ScrapeJob>(*job);
    own->params = std::move(params);
    target.job = std::move(own);
  }
  const auto stays = [](const auto& label) { return !label.first.starts_with("__"); };
  target.labels.reserve(
      static_cast<std::size_t>(std::count_if(labels.begin(), labels.end(), stays)));
  for (auto& label : labels) {
    if (stays(label)) target.labels.emplace(label.first, std::move(label.second));
  }
  return target;
}

}  // namespace

TargetGroupReading decode_target_groups(std::string_view text, const std::string& file) {
  TargetGroupReading reading;
  rules::Findings findings(file, text);
  rules::YamlOptions options{.max_bytes = kTargetGroupBytes};
  options.json = file.ends_with(".json");
  const auto documents = rules::parse_yaml(text, options, findings);
  if (!documents.empty()) {
    const rules::YamlValue list(documents.front(), "the list of target groups", findings);
    if (!list.is_list()) list.error("expected a list of `targets` and `labels`");
    for (const rules::YamlValue& item : list.items()) {
      TargetGroup group = decode_group(item);
      group.source = file + ":" + std::to_string(reading.groups.size());
      reading.groups.push_back(std::move(group));
    }
  }
  if (!findings.ok()) reading.groups.clear();
  reading.diagnostics = findings.list();
  return reading;
}

BuiltTargets build_targets(const std::shared_ptr<const ScrapeJob>& job,
                           const std::vector<TargetGroup>& groups,
                           const std::vector<RelabelRule>& rules) {
  BuiltTargets built;
  std::set<std::uint64_t> known;
  for (const TargetGroup& group : groups) {
    for (const LabelSet& found : group.targets) {
      LabelSet labels = discovered(*job, group, found);
      auto kept = relabel(labels, rules);
      if (!kept) {
        built.dropped.push_back(std::move(labels));
        continue;
      }
      auto target = finish(job, *std::move(kept));
      if (!target) {
        built.refused.push_back({std::move(labels), target.error().message});
      } else if (known.insert(target->identity()).second) {
        built.targets.push_back(*std::move(target));
      }
    }
  }
  return built;
}

}  // namespace revisitd::collectors
