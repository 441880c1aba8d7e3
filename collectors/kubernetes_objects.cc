#include "collectors/kubernetes_objects.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <set>
#include <utility>

namespace revisitd::collectors {
namespace {

namespace json = boost::json;

constexpr std::string_view kMeta = "__meta_kubernetes_";
constexpr const char* kServiceName = "kubernetes.io/service-name";

const json::value* find(const json::object& object, std::string_view key) {
  const auto found = object.find(json::string_view(key.data(), key.size()));
  return found == object.end() ? nullptr : &found->value();
}

const json::object& map_at(const json::object& object, std::string_view key) {
  static const json::object none;
  const json::value* value = find(object, key);
  return value != nullptr && value->is_object() ? value->get_object() : none;
}

std::vector<const json::object*> objects_at(const json::object& object, std::string_view key) {
  std::vector<const json::object*> all;
  const json::value* value = find(object, key);
  if (value == nullptr || !value->is_array()) return all;
  for (const json::value& item : value->get_array()) {
    if (item.is_object()) all.push_back(&item.get_object());
  }
  return all;
}

std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  return "";
}

std::string text_at(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  return value == nullptr ? "" : text_of(*value);
}

std::uint16_t port_at(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  if (value == nullptr || !value->is_int64()) return 0;
  const std::int64_t number = value->get_int64();
  return number > 0 && number < 65536 ? static_cast<std::uint16_t>(number) : std::uint16_t{0};
}

void put(LabelSet& labels, std::string_view name, std::string value) {
  if (!value.empty()) labels.insert_or_assign(std::string(kMeta).append(name), std::move(value));
}

// Whatever a label name may not hold becomes "_".
std::string label_name(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!fits) c = '_';
  }
  return name;
}

// KIND_label_X, KIND_labelpresent_X, KIND_annotation_X, KIND_annotationpresent_X.
void put_metadata(LabelSet& labels, const std::string& kind, const json::object& object) {
  const json::object& metadata = map_at(object, "metadata");
  for (const auto& [key, word] : {std::pair{"labels", "label"}, {"annotations", "annotation"}}) {
    for (const auto& entry : map_at(metadata, key)) {
      const std::string name = label_name({entry.key().data(), entry.key().size()});
      put(labels, kind + "_" + word + "_" + name, text_of(entry.value()));
      put(labels, kind + "_" + word + "present_" + name, "true");
    }
  }
}

LabelSet labels_of(const std::string& kind, const json::object& object) {
  LabelSet labels;
  const json::object& metadata = map_at(object, "metadata");
  put(labels, "namespace", text_at(metadata, "namespace"));
  put(labels, kind + "_name", text_at(metadata, "name"));
  put_metadata(labels, kind, object);
  return labels;
}

std::string authority(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  const std::string name = v6 ? "[" + host + "]" : host;
  return port == 0 ? name : name + ":" + std::to_string(port);
}

std::string ready_word(const json::object& status) {
  for (const json::object* condition : objects_at(status, "conditions")) {
    if (text_at(*condition, "type") != "Ready") continue;
    std::string word = text_at(*condition, "status");
    std::ranges::transform(word, word.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return word;
  }
  return "unknown";
}

std::string container_id(const json::object& status, std::string_view list,
                         const std::string& name) {
  for (const json::object* one : objects_at(status, list)) {
    if (text_at(*one, "name") == name) return text_at(*one, "containerID");
  }
  return "";
}

void add_containers(KubernetesPod& pod, const json::object& object, bool init) {
  const json::object& status = map_at(object, "status");
  const json::object& spec = map_at(object, "spec");
  for (const json::object* one : objects_at(spec, init ? "initContainers" : "containers")) {
    KubernetesContainer& container = pod.containers.emplace_back();
    container.name = text_at(*one, "name");
    container.image = text_at(*one, "image");
    container.id =
        container_id(status, init ? "initContainerStatuses" : "containerStatuses", container.name);
    container.init = init;
    for (const json::object* port : objects_at(*one, "ports")) {
      KubernetesPort& declared = container.ports.emplace_back();
      declared.name = text_at(*port, "name");
      declared.protocol = text_at(*port, "protocol");
      declared.number = port_at(*port, "containerPort");
    }
  }
}

void put_container(LabelSet& labels, const KubernetesContainer& container,
                   const KubernetesPort* port) {
  put(labels, "pod_container_name", container.name);
  put(labels, "pod_container_id", container.id);
  put(labels, "pod_container_image", container.image);
  put(labels, "pod_container_init", container.init ? "true" : "false");
  if (port == nullptr) return;
  put(labels, "pod_container_port_name", port->name);
  put(labels, "pod_container_port_number", std::to_string(port->number));
  put(labels, "pod_container_port_protocol", port->protocol);
}

LabelSet addressed(const std::string& host, std::uint16_t port) {
  return {{"__address__", authority(host, port)}};
}

void put_port(LabelSet& labels, const KubernetesPort& port) {
  put(labels, "endpointslice_port_name", port.name);
  put(labels, "endpointslice_port", port.number == 0 ? "" : std::to_string(port.number));
  put(labels, "endpointslice_port_protocol", port.protocol);
  put(labels, "endpointslice_port_app_protocol", port.app_protocol);
}

const KubernetesContainer* container_with(const KubernetesPod& pod, std::uint16_t number,
                                          const KubernetesPort*& port) {
  for (const KubernetesContainer& container : pod.containers) {
    for (const KubernetesPort& declared : container.ports) {
      if (declared.number != number) continue;
      port = &declared;
      return &container;
    }
  }
  return nullptr;
}

}  // namespace

std::string kubernetes_key(const json::object& object) {
  const json::object& metadata = map_at(object, "metadata");
  const std::string name = text_at(metadata, "name");
  const std::string space = text_at(metadata, "namespace");
  return space.empty() || name.empty() ? name : space + "/" + name;
}

KubernetesPod read_pod(const json::object& object) {
  const json::object& status = map_at(object, "status");
  const json::object& spec = map_at(object, "spec");
  KubernetesPod pod;
  pod.key = kubernetes_key(object);
  pod.ip = text_at(status, "podIP");
  pod.labels = labels_of("pod", object);
  put(pod.labels, "pod_ip", pod.ip);
  put(pod.labels, "pod_ready", ready_word(status));
  put(pod.labels, "pod_phase", text_at(status, "phase"));
  put(pod.labels, "pod_node_name", text_at(spec, "nodeName"));
  put(pod.labels, "pod_host_ip", text_at(status, "hostIP"));
  const json::object& metadata = map_at(object, "metadata");
  put(pod.labels, "pod_uid", text_at(metadata, "uid"));
  for (const json::object* owner : objects_at(metadata, "ownerReferences")) {
    if (text_at(*owner, "controller") != "true") continue;
    put(pod.labels, "pod_controller_kind", text_at(*owner, "kind"));
    put(pod.labels, "pod_controller_name", text_at(*owner, "name"));
  }
  add_containers(pod, object, false);
  add_containers(pod, object, true);
  return pod;
}

TargetGroup pod_targets(const KubernetesPod& pod) {
  TargetGroup group{.source = "pod/" + pod.key, .targets = {}, .labels = pod.labels};
  if (pod.ip.empty()) return group;  // not scheduled yet
  for (const KubernetesContainer& container : pod.containers) {
    if (container.ports.empty()) {
      put_container(group.targets.emplace_back(addressed(pod.ip, 0)), container, nullptr);
    }
    for (const KubernetesPort& port : container.ports) {
      put_container(group.targets.emplace_back(addressed(pod.ip, port.number)), container, &port);
    }
  }
  return group;
}

TargetGroup node_targets(const json::object& object) {
  TargetGroup group{.source = "node/" + kubernetes_key(object),
                    .targets = {},
                    .labels = labels_of("node", object)};
  put(group.labels, "node_provider_id", text_at(map_at(object, "spec"), "providerID"));
  const json::object& status = map_at(object, "status");
  std::map<std::string, std::string> addresses;  // the first of each kind
  for (const json::object* address : objects_at(status, "addresses"))
    addresses.emplace(text_at(*address, "type"), text_at(*address, "address"));
  for (const auto& [kind, address] : addresses)
    put(group.labels, "node_address_" + label_name(kind), address);
  for (const char* kind :
       {"InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "LegacyHostIP", "Hostname"}) {
    const auto found = addresses.find(kind);
    if (found == addresses.end()) continue;
    const json::object& endpoints = map_at(status, "daemonEndpoints");
    LabelSet& target = group.targets.emplace_back(
        addressed(found->second, port_at(map_at(endpoints, "kubeletEndpoint"), "Port")));
    target.emplace("instance", text_at(map_at(object, "metadata"), "name"));
    break;
  }
  return group;
}

KubernetesService read_service(const json::object& object) {
  const json::object& metadata = map_at(object, "metadata");
  const json::object& spec = map_at(object, "spec");
  KubernetesService service;
  service.labels = labels_of("service", object);
  service.host = text_at(metadata, "name") + "." + text_at(metadata, "namespace") + ".svc";
  service.type = text_at(spec, "type");
  service.cluster_ip = text_at(spec, "clusterIP");
  service.external_name = text_at(spec, "externalName");
  service.balancer_ip = text_at(spec, "loadBalancerIP");
  for (const json::object* port : objects_at(spec, "ports")) {
    service.ports.push_back({text_at(*port, "name"), text_at(*port, "protocol"),
                             text_at(*port, "appProtocol"), port_at(*port, "port")});
  }
  return service;
}

TargetGroup service_targets(const KubernetesService& service) {
  TargetGroup group{.source = "svc/" + service.host, .targets = {}, .labels = service.labels};
  for (const KubernetesPort& port : service.ports) {
    LabelSet& target = group.targets.emplace_back(addressed(service.host, port.number));
    put(target, "service_port_name", port.name);
    put(target, "service_port_number", std::to_string(port.number));
    put(target, "service_port_protocol", port.protocol);
    put(target, "service_type", service.type);
    if (service.type == "ExternalName") {
      put(target, "service_external_name", service.external_name);
    } else {
      put(target, "service_cluster_ip", service.cluster_ip);
    }
    if (service.type == "LoadBalancer") put(target, "service_loadbalancer_ip", service.balancer_ip);
  }
  return group;
}

KubernetesSlice read_endpointslice(const json::object& object) {
  KubernetesSlice slice;
  slice.labels = labels_of("endpointslice", object);
  put(slice.labels, "endpointslice_address_type", text_at(object, "addressType"));
  const json::object& metadata = map_at(object, "metadata");
  const std::string service = text_at(map_at(metadata, "labels"), kServiceName);
  if (!service.empty()) slice.service = text_at(metadata, "namespace") + "/" + service;
  for (const json::object* port : objects_at(object, "ports")) {
    slice.ports.push_back({text_at(*port, "name"), text_at(*port, "protocol"),
                           text_at(*port, "appProtocol"), port_at(*port, "port")});
  }
  for (const json::object* one : objects_at(object, "endpoints")) {
    KubernetesEndpoint& endpoint = slice.endpoints.emplace_back();
    if (const json::value* listed = find(*one, "addresses");
        listed != nullptr && listed->is_array()) {
      for (const json::value& address : listed->get_array())
        endpoint.addresses.push_back(text_of(address));
    }
    const json::object& conditions = map_at(*one, "conditions");
    for (const char* condition : {"ready", "serving", "terminating"})
      put(endpoint.labels, std::string("endpointslice_endpoint_conditions_") + condition,
          text_at(conditions, condition));
    put(endpoint.labels, "endpointslice_endpoint_hostname", text_at(*one, "hostname"));
    put(endpoint.labels, "endpointslice_endpoint_node_name", text_at(*one, "nodeName"));
    put(endpoint.labels, "endpointslice_endpoint_zone", text_at(*one, "zone"));
    const json::object& reference = map_at(*one, "targetRef");
    put(endpoint.labels, "endpointslice_address_target_kind", text_at(reference, "kind"));
    put(endpoint.labels, "endpointslice_address_target_name", text_at(reference, "name"));
    if (text_at(reference, "kind") == "Pod")
      endpoint.pod = text_at(reference, "namespace") + "/" + text_at(reference, "name");
  }
  return slice;
}

TargetGroup endpointslice_targets(const KubernetesSlice& slice, const KubernetesServices& services,
                                  const KubernetesPods& pods) {
  TargetGroup group{.source = "endpointslice", .targets = {}, .labels = slice.labels};
  if (const auto service = services.find(slice.service); service != services.end())
    group.labels.insert(service->second.labels.begin(), service->second.labels.end());
  std::map<std::string, std::set<std::uint16_t>> bound;  // ports of each pod that the slice has
  for (const KubernetesEndpoint& endpoint : slice.endpoints) {
    const auto pod = pods.find(endpoint.pod);
    for (const std::string& address : endpoint.addresses) {
      for (const KubernetesPort& port : slice.ports) {
        LabelSet target = addressed(address, port.number);
        target.insert(endpoint.labels.begin(), endpoint.labels.end());
        put_port(target, port);
        if (pod != pods.end()) {
          target.insert(pod->second.labels.begin(), pod->second.labels.end());
          bound[pod->first].insert(port.number);
          const KubernetesPort* declared = nullptr;
          if (const auto* container = container_with(pod->second, port.number, declared))
            put_container(target, *container, declared);
        }
        group.targets.push_back(std::move(target));
      }
    }
  }
  for (const auto& [key, ports] : bound) {
    const KubernetesPod& pod = pods.find(key)->second;
    for (const KubernetesContainer& container : pod.containers) {
      for (const KubernetesPort& port : container.ports) {
        if (ports.contains(port.number) || pod.ip.empty()) continue;
        LabelSet& target = group.targets.emplace_back(addressed(pod.ip, port.number));
        target.insert(pod.labels.begin(), pod.labels.end());
        put_container(target, container, &port);
      }
    }
  }
  return group;
}

}  // namespace revisitd::collectors
