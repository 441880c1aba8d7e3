#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>

#include "collectors/file_discovery.h"
#include "daemon/config_decode.h"

// Scrape jobs, as Prometheus writes them.
namespace revisitd::daemon {
namespace {

using rules::YamlMap;
using rules::YamlValue;

constexpr Duration kMillisecond = std::chrono::milliseconds(1);
constexpr Duration kSecond = std::chrono::seconds(1);
constexpr Duration kDay = std::chrono::hours(24);

// "10MB", "512KiB" or a plain number of bytes. 0 is Prometheus' word for no limit of its own; there
// is always one, so it leaves ours.
std::size_t decode_bytes(const YamlValue& value, std::size_t otherwise) {
  const auto quantity = value.quantity();
  if (!quantity || quantity->value == 0) return otherwise;
  const bool counts = quantity->unit == Unit::bytes || quantity->unit == Unit::number;
  if (!counts || quantity->value < 1 || quantity->value > double(1u << 30)) {
    value.error("expected a size from 1B to 1GiB");
    return otherwise;
  }
  return static_cast<std::size_t>(quantity->value);
}

// A limit where 0 leaves ours.
std::size_t decode_limit(YamlMap& map, const char* key, std::size_t otherwise, long long most) {
  const std::size_t limit = decode_count(map, key, otherwise, most, 0);
  return limit == 0 ? otherwise : limit;
}

StaticTargets decode_static(const YamlValue& value, bool relabelled) {
  StaticTargets group;
  YamlMap map(value);
  for (const YamlValue& item : map.required("targets").items()) {
    const auto target = item.text(1024);
    if (!target) continue;
    if (target->find("://") != std::string::npos || target->find('/') != std::string::npos) {
      item.error(
          "expected host:port without scheme and path (those are `scheme` and `metrics_path` of "
          "the job)");
      continue;
    }
    const auto authority = boost::urls::parse_authority(*target);
    if (!authority || authority->host().empty() || authority->has_userinfo()) {
      item.error("expected host:port, for instance `127.0.0.1:8080`");
      continue;
    }
    group.targets.push_back(*target);
  }
  const std::vector<YamlValue> labels = map.optional("labels").entries();
  for (const YamlValue& label : labels) {
    const auto text = label.name() == "service" ? label.name_text() : label.text(1024, true);
    if (text) group.labels.emplace_back(label.name(), *text);
  }
  map.finish();
  const bool named = std::any_of(labels.begin(), labels.end(),
                                 [](const YamlValue& label) { return label.name() == "service"; });
  if (map.given() && !named && !relabelled) {
    value.findings().warning(
        value.place(),
        "no label `service`: these targets are scraped for nobody; say whose they are, for "
        "instance `labels: {service: checkout}`");
  }
  return group;
}

FileTargets decode_file_targets(const YamlValue& value, const std::string& directory) {
  FileTargets found;
  YamlMap map(value);
  for (const YamlValue& item : map.required("files").items()) {
    const auto file = item.text(4096);
    if (!file) continue;
    const std::string why = collectors::FileDiscovery::check_pattern(*file);
    if (!why.empty()) item.error(why);
    found.files.push_back(resolve_path(directory, *file));
  }
  found.refresh_interval =
      map.optional("refresh_interval").duration(kSecond, kDay).value_or(found.refresh_interval);
  map.finish();
  return found;
}

HttpTargets decode_http_targets(const YamlValue& value, const std::string& directory) {
  HttpTargets found;
  YamlMap map(value);
  found.url = decode_url(map.required("url")).value_or("");
  found.refresh_interval =
      map.optional("refresh_interval").duration(kSecond, kDay).value_or(found.refresh_interval);
  found.http = decode_http_peer(map, directory);
  map.finish();
  return found;
}

collectors::RelabelSpec decode_rule(YamlMap& map) {
  collectors::RelabelSpec spec;
  spec.source_labels = map.optional("source_labels").texts();
  spec.separator = map.optional("separator").text(1024, true).value_or(spec.separator);
  spec.target_label = map.optional("target_label").text(1024);
  spec.regex = map.optional("regex").text(64 * 1024, true).value_or(spec.regex);
  spec.modulus =
      static_cast<std::uint64_t>(map.optional("modulus").integer(0, (1LL << 62)).value_or(0));
  spec.replacement = map.optional("replacement").text(64 * 1024, true).value_or(spec.replacement);
  const YamlValue action = map.optional("action");
  if (const auto word = action.text(64)) {
    if (const auto known = collectors::parse_relabel_action(*word)) {
      spec.action = *known;
    } else {
      static_cast<void>(
          action.one_of({"replace", "keep", "drop", "keepequal", "dropequal", "hashmod", "labelmap",
                         "labeldrop", "labelkeep", "lowercase", "uppercase"}));
    }
  }
  map.finish();
  return spec;
}

struct Protocol {
  std::string_view name, accept;
};
constexpr std::array<Protocol, 5> kProtocols = {
    Protocol{"PrometheusProto", collectors::kProtobufAccept},
    Protocol{"OpenMetricsText1.0.0",
             "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8"},
    Protocol{"OpenMetricsText0.0.1", "application/openmetrics-text;version=0.0.1"},
    Protocol{"PrometheusText1.0.0", "text/plain;version=1.0.0;escaping=allow-utf-8"},
    Protocol{"PrometheusText0.0.4", "text/plain;version=0.0.4"}};

// One of Prometheus' names, empty and told where it is another word.
std::string decode_protocol(const YamlValue& value) {
  const auto word = value.text(64);
  if (!word) return "";
  const bool known = std::any_of(kProtocols.begin(), kProtocols.end(),
                                 [&](const Protocol& p) { return p.name == *word; });
  if (known) return *word;
  static_cast<void>(value.one_of({kProtocols[0].name, kProtocols[1].name, kProtocols[2].name,
                                  kProtocols[3].name, kProtocols[4].name}));
  return "";
}

// As what an answer without a type of metrics is read.
collectors::ExpositionFormat decode_fallback(const YamlValue& value) {
  const std::string protocol = decode_protocol(value);
  if (protocol == "PrometheusProto") return collectors::ExpositionFormat::protobuf;
  if (protocol.starts_with("OpenMetrics")) return collectors::ExpositionFormat::openmetrics;
  return collectors::ExpositionFormat::prometheus;
}

// What the sender offers, in Prometheus' order of preference; "" when all that is offered anyhow.
std::string decode_protocols(const YamlValue& value) {
  std::string accept;
  int weight = 9;
  for (const YamlValue& item : value.items()) {
    const std::string protocol = decode_protocol(item);
    const auto known = std::find_if(kProtocols.begin(), kProtocols.end(),
                                    [&](const Protocol& p) { return p.name == protocol; });
    if (known == kProtocols.end()) continue;
    accept += std::string(known->accept) + ";q=0." + std::to_string(weight--) + ",";
  }
  return accept.empty() ? "" : accept + "*/*;q=0.1";
}

// Ways to find targets that Prometheus knows and we do not.
constexpr const char* kOtherDiscoveries[] = {
    "azure_sd_configs",     "consul_sd_configs",   "digitalocean_sd_configs",
    "dns_sd_configs",       "docker_sd_configs",   "dockerswarm_sd_configs",
    "ec2_sd_configs",       "eureka_sd_configs",   "gce_sd_configs",
    "hetzner_sd_configs",   "ionos_sd_configs",    "kuma_sd_configs",
    "lightsail_sd_configs", "linode_sd_configs",   "marathon_sd_configs",
    "nerve_sd_configs",     "nomad_sd_configs",    "openstack_sd_configs",
    "ovhcloud_sd_configs",  "puppetdb_sd_configs", "scaleway_sd_configs",
    "serverset_sd_configs", "stackit_sd_configs",  "triton_sd_configs",
    "uyuni_sd_configs",     "vultr_sd_configs"};

// Keys that only say how native histograms or Prometheus' own storage are to be used: harmless to
// leave out, and told.
constexpr const char* kWithoutEffect[] = {"always_scrape_classic_histograms",
                                          "convert_classic_histograms_to_nhcb",
                                          "keep_dropped_targets",
                                          "metric_name_escaping_scheme",
                                          "metric_name_validation_scheme",
                                          "native_histogram_bucket_limit",
                                          "native_histogram_min_bucket_factor",
                                          "scrape_classic_histograms",
                                          "scrape_failure_log_file",
                                          "scrape_native_histograms",
                                          "track_timestamps_staleness"};

void decode_discoveries(YamlMap& map, const std::string& directory, ScrapeJob& job) {
  const std::array known = {map.optional("static_configs"), map.optional("file_sd_configs"),
                            map.optional("http_sd_configs"), map.optional("kubernetes_sd_configs")};
  bool any = std::any_of(known.begin(), known.end(), [](const YamlValue& v) { return v.given(); });
  const bool relabelled = !job.relabel_configs.empty();
  std::vector<StaticTargets> fixed;
  for (const YamlValue& item : known[0].items()) fixed.push_back(decode_static(item, relabelled));
  fixed.shrink_to_fit();
  job.static_configs = std::make_shared<const std::vector<StaticTargets>>(std::move(fixed));
  for (const YamlValue& item : known[1].items())
    job.file_sd_configs.push_back(decode_file_targets(item, directory));
  for (const YamlValue& item : known[2].items())
    job.http_sd_configs.push_back(decode_http_targets(item, directory));
  for (const YamlValue& item : known[3].items())
    job.kubernetes_sd_configs.push_back(decode_kubernetes(item, directory));
  for (const char* key : kOtherDiscoveries) {
    if (!map.has(key)) continue;
    any = true;
    map.optional(key).error(
        "is not supported here; let `file_sd_configs` or `http_sd_configs` list the targets");
  }
  if (map.given() && !any) {
    map.value().error(
        "missing key `static_configs`, `file_sd_configs`, `http_sd_configs` or "
        "`kubernetes_sd_configs`");
  }
}

void decode_limits(YamlMap& map, ScrapeJob& job) {
  job.body_size_limit = decode_bytes(map.optional("body_size_limit"), job.body_size_limit);
  job.sample_limit = decode_limit(map, "sample_limit", job.sample_limit, 10'000'000);
  job.label_limit = decode_limit(map, "label_limit", job.label_limit, 10'000);
  job.label_name_length_limit =
      decode_limit(map, "label_name_length_limit", job.label_name_length_limit, 65'536);
  job.label_value_length_limit =
      decode_limit(map, "label_value_length_limit", job.label_value_length_limit, 1 << 20);
  job.target_limit = decode_count(map, "target_limit", 0, 1'000'000, 0);
}

}  // namespace

std::vector<collectors::RelabelRule> decode_relabel(const YamlValue& value) {
  std::vector<collectors::RelabelRule> rules;
  for (const YamlValue& item : value.items()) {
    const std::size_t before = item.findings().errors();
    YamlMap map(item);
    if (!map.given()) continue;
    auto rule = collectors::RelabelRule::make(decode_rule(map));
    if (item.findings().errors() != before) continue;
    if (rule) {
      rules.push_back(*std::move(rule));
    } else {
      item.findings().error(item.place(), rule.error().message);
    }
  }
  return rules;
}

ScrapeJob decode_scrape_job(const YamlValue& value, const GlobalConfig& global,
                            const std::string& directory) {
  ScrapeJob job;
  YamlMap map(value);
  job.job_name = map.required("job_name").text(255).value_or("");
  job.scheme = map.optional("scheme").one_of({"http", "https"}).value_or(job.scheme);
  const YamlValue path = map.optional("metrics_path");
  job.metrics_path = path.text(1024).value_or(job.metrics_path);
  if (!job.metrics_path.starts_with('/')) path.error("expected a path that starts with /");
  if (job.metrics_path.find('?') != std::string::npos)
    path.warning("a `?` in a path is escaped; parameters are written as `params`");
  job.params = decode_params(map.optional("params"));
  job.scrape_interval =
      map.optional("scrape_interval").duration(kSecond, kDay).value_or(global.scrape_interval);
  job.scrape_timeout = std::min(global.scrape_timeout, job.scrape_interval);
  const YamlValue timeout = map.optional("scrape_timeout");
  if (const auto given = timeout.duration(kMillisecond, kDay)) {
    if (*given > job.scrape_interval) timeout.error("must not be longer than scrape_interval");
    job.scrape_timeout = *given;
  }
  job.relabel_configs = decode_relabel(map.optional("relabel_configs"));
  job.metric_relabel_configs = decode_relabel(map.optional("metric_relabel_configs"));
  decode_discoveries(map, directory, job);
  decode_limits(map, job);
  job.honor_timestamps = map.optional("honor_timestamps").boolean().value_or(true);
  const YamlValue honor_labels = map.optional("honor_labels");
  job.honor_labels = honor_labels.boolean().value_or(false);
  if (job.honor_labels) {
    honor_labels.warning(
        "labels of a page are kept, but whose samples they are is for the target's label "
        "`service` alone to say");
  }
  job.enable_compression = map.optional("enable_compression").boolean().value_or(true);
  job.accept = decode_protocols(map.optional("scrape_protocols"));
  job.fallback_format = decode_fallback(map.optional("fallback_scrape_protocol"));
  job.http = decode_http_peer(map, directory);
  for (const char* key : kWithoutEffect) {
    if (map.has(key)) map.optional(key).warning("has no effect here");
  }
  map.finish();
  return job;
}

}  // namespace revisitd::daemon
