#include "rules/preset.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "rules/findings.h"
#include "rules/yaml.h"

namespace revisitd::rules {
namespace {

// Sources of the names: the client libraries' and exporters' own documentation. Memory is the
// resident set where a process speaks of itself, the working set where a kubelet speaks of a
// container: the working set is what the kernel cannot simply drop, and what an eviction looks at.
const std::vector<Preset> kPresets{
    {"cadvisor", "containers as cAdvisor or the kubelet's /metrics/cadvisor sees them, by a server",
     R"yaml(
memory:
  from: $from
  query: 'max by (service) (label_replace(container_memory_working_set_bytes{container!="",container!="POD"}, "service", "$1", "container", "(.+)"))'
  unit: bytes
memory_rss:
  from: $from
  query: 'max by (service) (label_replace(container_memory_rss{container!="",container!="POD"}, "service", "$1", "container", "(.+)"))'
  unit: bytes
cpu:
  from: $from
  query: 'sum by (service) (label_replace(rate(container_cpu_usage_seconds_total{container!="",container!="POD"}[$slot]), "service", "$1", "container", "(.+)"))'
cpu_throttled:
  from: $from
  query: 'sum by (service) (label_replace(rate(container_cpu_cfs_throttled_periods_total{container!=""}[$slot]), "service", "$1", "container", "(.+)")) / sum by (service) (label_replace(rate(container_cpu_cfs_periods_total{container!=""}[$slot]), "service", "$1", "container", "(.+)"))'
  unit: ratio
containers_per_gib:
  from: $from
  query: '1073741824 / avg by (service) (label_replace(container_memory_working_set_bytes{container!="",container!="POD"}, "service", "$1", "container", "(.+)"))'
)yaml",
     PresetSource::server},
    {"cgroup", "control groups (v2) that `cgroup_configs` names, read on this machine", R"yaml(
memory: {max: cgroup_memory_working_set_bytes, unit: bytes}
memory_anon: {max: cgroup_memory_anon_bytes, unit: bytes}
memory_file: {max: cgroup_memory_file_bytes, unit: bytes}
memory_current: {max: cgroup_memory_current_bytes, unit: bytes}
memory_peak: {max: cgroup_memory_peak_bytes, unit: bytes}
cpu: {rate: cgroup_cpu_usage_seconds_total}
cpu_throttled: {rate: cgroup_cpu_throttled_periods_total, per: cgroup_cpu_periods_total}
cpu_pressure: {rate: 'cgroup_pressure_seconds_total{resource="cpu",stalled="some"}', unit: ratio}
memory_pressure: {rate: 'cgroup_pressure_seconds_total{resource="memory",stalled="some"}', unit: ratio}
io_pressure: {rate: 'cgroup_pressure_seconds_total{resource="io",stalled="some"}', unit: ratio}
pids: {max: cgroup_pids}
)yaml",
     PresetSource::cgroup},
    {"django", "django-prometheus on the service's own page", R"yaml(
rps: {rate: django_http_requests_total_by_method_total}
latency_p99: {quantile: 0.99, series: django_http_requests_latency_seconds_by_view_method, unit: seconds}
error_ratio: {rate: 'django_http_responses_total_by_status_total{status=~"5.."}', per: django_http_responses_total_by_status_total}
)yaml"},
    {"envoy", "Envoy's own /stats/prometheus page beside the service", R"yaml(
rps: {rate: envoy_http_downstream_rq_completed}
latency_p99_ms: {quantile: 0.99, series: envoy_http_downstream_rq_time}
error_ratio: {rate: 'envoy_http_downstream_rq_xx{envoy_response_code_class="5"}', per: envoy_http_downstream_rq_completed}
)yaml"},
    {"fastapi", "prometheus-fastapi-instrumentator on the service's own page", R"yaml(
rps: {rate: http_requests_total}
latency_p99: {quantile: 0.99, series: http_request_duration_highr_seconds, unit: seconds}
error_ratio: {rate: 'http_requests_total{status="5xx"}', per: http_requests_total}
)yaml"},
    {"flask", "prometheus-flask-exporter on the service's own page", R"yaml(
rps: {rate: flask_http_request_total}
latency_p99: {quantile: 0.99, series: flask_http_request_duration_seconds, unit: seconds}
error_ratio: {rate: 'flask_http_request_total{status=~"5.."}', per: flask_http_request_total}
)yaml"},
    {"gin", "go-gin-prometheus on the service's own page", R"yaml(
rps: {rate: gin_requests_total}
latency_p99: {quantile: 0.99, series: gin_request_duration_seconds, unit: seconds}
error_ratio: {rate: 'gin_requests_total{code=~"5.."}', per: gin_requests_total}
)yaml"},
    {"go-client", "the Go client library's process and runtime collectors", R"yaml(
memory: {max: process_resident_memory_bytes, unit: bytes}
cpu: {rate: process_cpu_seconds_total}
heap: {max: go_memstats_heap_inuse_bytes, unit: bytes}
gc_pause: {max: 'go_gc_duration_seconds{quantile="1"}', unit: seconds}
goroutines: {max: go_goroutines}
open_files: {max: process_open_fds}
)yaml"},
    {"go-http", "net/http, Gin and chi middlewares that follow the Go client's names", R"yaml(
rps: {rate: http_request_duration_seconds_count}
latency_p99: {quantile: 0.99, series: http_request_duration_seconds, unit: seconds}
error_ratio: {rate: 'http_request_duration_seconds_count{code=~"5.."}', per: http_request_duration_seconds_count}
)yaml"},
    {"grpc", "go-grpc-prometheus and py-grpc-prometheus server metrics on the service's own page",
     R"yaml(
rps: {rate: grpc_server_handled_total}
latency_p99: {quantile: 0.99, series: grpc_server_handling_seconds, unit: seconds}
error_ratio: {rate: 'grpc_server_handled_total{grpc_code=~"Unknown|Internal|Unavailable|DataLoss|DeadlineExceeded"}', per: grpc_server_handled_total}
)yaml"},
    {"istio", "Istio's standard metrics, by a server", R"yaml(
rps:
  from: $from
  query: 'sum by (service) (label_replace(rate(istio_requests_total{reporter="destination"}[$slot]), "service", "$1", "destination_canonical_service", "(.+)"))'
latency_p99:
  from: $from
  query: 'histogram_quantile(0.99, sum by (service, le) (label_replace(rate(istio_request_duration_milliseconds_bucket{reporter="destination"}[$slot]), "service", "$1", "destination_canonical_service", "(.+)"))) / 1000'
  unit: seconds
error_ratio:
  from: $from
  query: 'sum by (service) (label_replace(rate(istio_requests_total{reporter="destination",response_code=~"5.."}[$slot]), "service", "$1", "destination_canonical_service", "(.+)")) / sum by (service) (label_replace(rate(istio_requests_total{reporter="destination"}[$slot]), "service", "$1", "destination_canonical_service", "(.+)"))'
  unit: ratio
)yaml",
     PresetSource::server},
    {"kube-state-metrics", "pods and nodes as kube-state-metrics knows them, by a server", R"yaml(
containers_per_node:
  from: $from
  query: 'sum by (service) (label_replace(kube_pod_container_status_running, "service", "$1", "container", "(.+)")) / count by (service) (count by (service, node) (label_replace(kube_pod_container_status_running * on (namespace, pod) group_left (node) kube_pod_info{node!=""}, "service", "$1", "container", "(.+)")))'
containers:
  from: $from
  query: 'sum by (service) (label_replace(kube_pod_container_status_running, "service", "$1", "container", "(.+)"))'
restarts:
  from: $from
  query: 'sum by (service) (label_replace(increase(kube_pod_container_status_restarts_total[$slot]), "service", "$1", "container", "(.+)"))'
memory_limit:
  from: $from
  query: 'max by (service) (label_replace(kube_pod_container_resource_limits{resource="memory"}, "service", "$1", "container", "(.+)"))'
  unit: bytes
cold_start:
  from: $from
  query: 'max by (service) (label_replace(kube_pod_container_info * on (namespace, pod) group_left () (kube_pod_status_ready_time - on (namespace, pod) kube_pod_start_time), "service", "$1", "container", "(.+)"))'
  unit: seconds
)yaml",
     PresetSource::server},
    {"kubelet", "the kubelet's /metrics/resource, by a server", R"yaml(
memory:
  from: $from
  query: 'max by (service) (label_replace(container_memory_working_set_bytes, "service", "$1", "container", "(.+)"))'
  unit: bytes
cpu:
  from: $from
  query: 'sum by (service) (label_replace(rate(container_cpu_usage_seconds_total[$slot]), "service", "$1", "container", "(.+)"))'
)yaml",
     PresetSource::server},
    {"opencost",
     "what OpenCost's exporter says a node costs, shared out by memory asked for, by a server",
     R"yaml(
cost:
  from: $from
  query: 'sum by (service) (label_replace(container_memory_allocation_bytes * on (node) group_left () node_ram_hourly_cost / 1073741824 + on (namespace, pod, container, node) container_cpu_allocation * on (node) group_left () node_cpu_hourly_cost, "service", "$1", "container", "(.+)")) * 730'
)yaml",
     PresetSource::server},
    {"python-client", "the Python client library's process and GC collectors", R"yaml(
memory: {max: process_resident_memory_bytes, unit: bytes}
cpu: {rate: process_cpu_seconds_total}
gc_collections: {rate: python_gc_collections_total}
open_files: {max: process_open_fds}
)yaml"},
};

std::string with_server(std::string_view text, const std::string& from) {
  constexpr std::string_view kFrom = "from: $from";
  std::string out;
  for (std::size_t at; (at = text.find(kFrom)) != std::string_view::npos;) {
    out += text.substr(0, at);
    out += "from: " + from;
    text.remove_prefix(at + kFrom.size());
  }
  return out += text;
}

std::vector<std::string_view> names() {
  std::vector<std::string_view> all;
  for (const Preset& preset : kPresets) all.push_back(preset.name);
  return all;
}

struct Chosen {
  const Preset* preset = nullptr;
  std::string from;
};

// `go-client`, or `{name: cadvisor, from: main}`.
std::optional<Chosen> decode_choice(const YamlValue& item,
                                    const std::vector<std::string_view>& servers) {
  Chosen chosen{nullptr, servers.size() == 1 ? std::string(servers.front()) : ""};
  if (!item.is_map()) {
    const auto name = item.one_of(names());
    if (!name) return std::nullopt;
    chosen.preset = find_preset(*name);
    return chosen;
  }
  YamlMap map(item);
  const auto name = map.required("name").one_of(names());
  const YamlValue server = map.optional("from");
  if (server.given()) {
    if (servers.empty())
      server.error("no server is configured under `prometheus`");
    else
      chosen.from = server.one_of(servers).value_or("");
  }
  map.finish();
  if (!name || (server.given() && chosen.from.empty())) return std::nullopt;
  chosen.preset = find_preset(*name);
  return chosen;
}

bool has_source(const YamlValue& item, const Chosen& chosen, const PresetSources& sources) {
  const std::string name(chosen.preset->name);
  switch (chosen.preset->source) {
    case PresetSource::pages:
      if (sources.pages) return true;
      item.error("`" + name + "` reads scraped pages, and there are no `scrape_configs`");
      return false;
    case PresetSource::cgroup:
      if (sources.cgroups) return true;
      item.error("`" + name + "` reads control groups, and there are no `cgroup_configs`");
      return false;
    case PresetSource::server:
      if (!chosen.from.empty()) return true;
      item.error("`" + name + "` asks a server, " +
                 (sources.servers.empty() ? "and there is none under `prometheus`"
                                          : "expected `{name: " + name +
                                                ", from: SERVER}` with a name from `prometheus`"));
      return false;
  }
  return false;
}

}  // namespace

const std::vector<Preset>& presets() { return kPresets; }

const Preset* find_preset(std::string_view name) {
  const auto found = std::find_if(kPresets.begin(), kPresets.end(),
                                  [&](const Preset& p) { return p.name == name; });
  return found == kPresets.end() ? nullptr : &*found;
}

SignalTable preset_signals(const Preset& preset, const std::string& from) {
  const std::string text = with_server(preset.signals, from);
  Findings findings("preset " + std::string(preset.name), text);
  const auto documents = parse_yaml(text, {}, findings);
  if (documents.empty()) return {};
  return decode_signals(YamlValue(documents.front(), "signals", findings));
}

PresetSignals decode_presets(const YamlValue& value, const PresetSources& sources) {
  PresetSignals all;
  for (const YamlValue& item : value.items()) {
    const std::optional<Chosen> chosen = decode_choice(item, sources.servers);
    if (!chosen || !has_source(item, *chosen, sources)) continue;
    SignalTable signals = preset_signals(*chosen->preset, chosen->from);
    std::vector<std::string> own;
    for (const auto& [name, spec] : signals) {
      if (!all.table.contains(name)) own.push_back(name);
    }
    all.uses.emplace_back(chosen->preset->name, std::move(own));
    all.table.merge(signals);
  }
  return all;
}

}  // namespace revisitd::rules
