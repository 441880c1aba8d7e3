#include <set>

#include "collectors/kubernetes_labels.h"
#include "collectors/kubernetes_objects.h"

namespace revisitd::collectors {
namespace {

std::string authority(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  const std::string name = v6 ? "[" + host + "]" : host;
  return port == 0 ? name : name + ":" + std::to_string(port);
}

void put_container(LabelSet& labels, const KubernetesContainer& container,
                   const KubernetesPort* port) {
  put_meta(labels, "pod_container_name", container.name);
  put_meta(labels, "pod_container_id", container.id);
  put_meta(labels, "pod_container_image", container.image);
  put_meta(labels, "pod_container_init", container.init ? "true" : "false");
  if (port == nullptr) return;
  put_meta(labels, "pod_container_port_name", port->name);
  put_meta(labels, "pod_container_port_number", std::to_string(port->number));
  put_meta(labels, "pod_container_port_protocol", port->protocol);
}

LabelSet addressed(const std::string& host, std::uint16_t port) {
  return {{"__address__", authority(host, port)}};
}

void put_port(LabelSet& labels, const KubernetesPort& port) {
  put_meta(labels, "endpointslice_port_name", port.name);
  put_meta(labels, "endpointslice_port", port.number == 0 ? "" : std::to_string(port.number));
  put_meta(labels, "endpointslice_port_protocol", port.protocol);
  put_meta(labels, "endpointslice_port_app_protocol", port.app_protocol);
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

TargetGroup node_targets(const KubernetesNode& node) {
  TargetGroup group{.source = "node/" + node.name, .targets = {}, .labels = node.labels};
  for (const char* kind :
       {"InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "LegacyHostIP", "Hostname"}) {
    const auto found = node.addresses.find(kind);
    if (found == node.addresses.end()) continue;
    LabelSet& target = group.targets.emplace_back(addressed(found->second, node.kubelet_port));
    target.emplace("instance", node.name);
    break;
  }
  return group;
}

TargetGroup service_targets(const KubernetesService& service) {
  TargetGroup group{.source = "svc/" + service.host, .targets = {}, .labels = service.labels};
  for (const KubernetesPort& port : service.ports) {
    LabelSet& target = group.targets.emplace_back(addressed(service.host, port.number));
    put_meta(target, "service_port_name", port.name);
    put_meta(target, "service_port_number", std::to_string(port.number));
    put_meta(target, "service_port_protocol", port.protocol);
    put_meta(target, "service_type", service.type);
    if (service.type == "ExternalName") {
      put_meta(target, "service_external_name", service.external_name);
    } else {
      put_meta(target, "service_cluster_ip", service.cluster_ip);
    }
    if (service.type == "LoadBalancer")
      put_meta(target, "service_loadbalancer_ip", service.balancer_ip);
  }
  return group;
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
