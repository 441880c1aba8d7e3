#include "collectors/kubernetes_objects.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "collectors/kubernetes_labels.h"

namespace revisitd::collectors {
namespace {

namespace json = boost::json;

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
      put_meta(labels, kind + "_" + word + "_" + name, text_of(entry.value()));
      put_meta(labels, kind + "_" + word + "present_" + name, "true");
    }
  }
}

LabelSet labels_of(const std::string& kind, const json::object& object) {
  LabelSet labels;
  const json::object& metadata = map_at(object, "metadata");
  put_meta(labels, "namespace", text_at(metadata, "namespace"));
  put_meta(labels, kind + "_name", text_at(metadata, "name"));
  put_metadata(labels, kind, object);
  return labels;
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
  put_meta(pod.labels, "pod_ip", pod.ip);
  put_meta(pod.labels, "pod_ready", ready_word(status));
  put_meta(pod.labels, "pod_phase", text_at(status, "phase"));
  put_meta(pod.labels, "pod_node_name", text_at(spec, "nodeName"));
  put_meta(pod.labels, "pod_host_ip", text_at(status, "hostIP"));
  const json::object& metadata = map_at(object, "metadata");
  put_meta(pod.labels, "pod_uid", text_at(metadata, "uid"));
  for (const json::object* owner : objects_at(metadata, "ownerReferences")) {
    if (text_at(*owner, "controller") != "true") continue;
    put_meta(pod.labels, "pod_controller_kind", text_at(*owner, "kind"));
    put_meta(pod.labels, "pod_controller_name", text_at(*owner, "name"));
  }
  add_containers(pod, object, false);
  add_containers(pod, object, true);
  return pod;
}

KubernetesNode read_node(const json::object& object) {
  KubernetesNode node;
  node.name = text_at(map_at(object, "metadata"), "name");
  node.labels = labels_of("node", object);
  put_meta(node.labels, "node_provider_id", text_at(map_at(object, "spec"), "providerID"));
  const json::object& status = map_at(object, "status");
  for (const json::object* address : objects_at(status, "addresses"))
    node.addresses.emplace(text_at(*address, "type"), text_at(*address, "address"));
  for (const auto& [kind, address] : node.addresses)
    put_meta(node.labels, "node_address_" + label_name(kind), address);
  const json::object& endpoints = map_at(status, "daemonEndpoints");
  node.kubelet_port = port_at(map_at(endpoints, "kubeletEndpoint"), "Port");
  return node;
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

KubernetesSlice read_endpointslice(const json::object& object) {
  KubernetesSlice slice;
  slice.labels = labels_of("endpointslice", object);
  put_meta(slice.labels, "endpointslice_address_type", text_at(object, "addressType"));
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
      put_meta(endpoint.labels, std::string("endpointslice_endpoint_conditions_") + condition,
               text_at(conditions, condition));
    put_meta(endpoint.labels, "endpointslice_endpoint_hostname", text_at(*one, "hostname"));
    put_meta(endpoint.labels, "endpointslice_endpoint_node_name", text_at(*one, "nodeName"));
    put_meta(endpoint.labels, "endpointslice_endpoint_zone", text_at(*one, "zone"));
    const json::object& reference = map_at(*one, "targetRef");
    put_meta(endpoint.labels, "endpointslice_address_target_kind", text_at(reference, "kind"));
    put_meta(endpoint.labels, "endpointslice_address_target_name", text_at(reference, "name"));
    if (text_at(reference, "kind") == "Pod")
      endpoint.pod = text_at(reference, "namespace") + "/" + text_at(reference, "name");
  }
  return slice;
}

}  // namespace revisitd::collectors
