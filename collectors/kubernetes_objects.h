#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/target_group.h"

// Objects of a Kubernetes API as far as targets are made of them, with the labels that Prometheus
// gives each role (documentation of <kubernetes_sd_config>). Pure. What an object lacks is left
// out; one without a name is no object.
namespace revisitd::collectors {

// "namespace/name", or the name alone where there are no namespaces.
std::string kubernetes_key(const boost::json::object& object);

struct KubernetesPort {
  std::string name, protocol, app_protocol;
  std::uint16_t number = 0;
};

struct KubernetesContainer {
  std::string name, image, id;
  bool init = false;
  std::vector<KubernetesPort> ports;
};

struct KubernetesPod {
  std::string key, ip;
  LabelSet labels;  // __meta_kubernetes_namespace and all of __meta_kubernetes_pod_…
  std::vector<KubernetesContainer> containers;
};

struct KubernetesService {
  LabelSet labels;
  std::string host;  // name.namespace.svc
  std::vector<KubernetesPort> ports;
  std::string type, cluster_ip, external_name, balancer_ip;
};

struct KubernetesEndpoint {
  std::vector<std::string> addresses;
  LabelSet labels;  // conditions, host name, node, zone, what it points to
  std::string pod;  // its key, "" when it is none
};

struct KubernetesSlice {
  std::string service;  // its key
  LabelSet labels;
  std::vector<KubernetesPort> ports;
  std::vector<KubernetesEndpoint> endpoints;
};

struct KubernetesNode {
  std::string name;
  LabelSet labels;
  std::map<std::string, std::string> addresses;  // by kind, the first of each
  std::uint16_t kubelet_port = 0;
};

KubernetesPod read_pod(const boost::json::object& object);
KubernetesNode read_node(const boost::json::object& object);
KubernetesService read_service(const boost::json::object& object);
KubernetesSlice read_endpointslice(const boost::json::object& object);

// One target per declared port of a container, or one without a port where it declares none.
TargetGroup pod_targets(const KubernetesPod& pod);
// The kubelet's port on the node's first address of these kinds: InternalIP, InternalDNS,
// ExternalIP, ExternalDNS, LegacyHostIP, Hostname.
TargetGroup node_targets(const KubernetesNode& node);
// One target per port.
TargetGroup service_targets(const KubernetesService& service);

using KubernetesPods = std::map<std::string, KubernetesPod, std::less<>>;
using KubernetesServices = std::map<std::string, KubernetesService, std::less<>>;
// One target per address and port, with the labels of its service and pod; further ports of such
// pods are targets, too.
TargetGroup endpointslice_targets(const KubernetesSlice& slice, const KubernetesServices& services,
                                  const KubernetesPods& pods);

}  // namespace revisitd::collectors
