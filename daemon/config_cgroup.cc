#include "daemon/config_decode.h"

// `cgroup_configs`: control groups of this machine as targets.
namespace revisitd::daemon {
namespace {

using rules::YamlMap;
using rules::YamlValue;

constexpr Duration kSecond = std::chrono::seconds(1);
constexpr Duration kDay = std::chrono::hours(24);

CgroupJob::Groups decode_groups(const YamlValue& value, bool relabelled) {
  CgroupJob::Groups groups;
  YamlMap map(value);
  for (const YamlValue& item : map.required("paths").items()) {
    const auto path = item.text(4096);
    if (!path) continue;
    if (path->find("..") != std::string::npos) {
      item.error("expected a path below `root` without `..`");
    } else {
      groups.paths.push_back(*path);
    }
  }
  const YamlValue labels = map.optional("labels");
  for (const YamlValue& label : labels.entries()) {
    const auto text = label.name() == "service" ? label.name_text() : label.text(1024, true);
    if (text) groups.labels[label.name()] = *text;
  }
  map.finish();
  if (map.given() && !groups.labels.contains("service") && !relabelled) {
    value.findings().warning(value.place(),
                             "no label `service`: these groups are read for nobody; say whose they "
                             "are, for instance `labels: {service: checkout}`");
  }
  return groups;
}

}  // namespace

CgroupJob decode_cgroup_job(const YamlValue& value, const GlobalConfig& global) {
  CgroupJob job;
  YamlMap map(value);
  job.job_name = map.required("job_name").text(255).value_or("");
  const YamlValue root = map.optional("root");
  job.root = root.text(4096).value_or(job.root);
  while (job.root.size() > 1 && job.root.ends_with('/')) job.root.pop_back();
  if (!job.root.starts_with('/')) root.error("expected an absolute path");
  job.scrape_interval =
      map.optional("scrape_interval").duration(kSecond, kDay).value_or(global.scrape_interval);
  job.relabel_configs = decode_relabel(map.optional("relabel_configs"));
  for (const YamlValue& item : map.required("groups").items())
    job.groups.push_back(decode_groups(item, !job.relabel_configs.empty()));
  map.finish();
  return job;
}

}  // namespace revisitd::daemon
