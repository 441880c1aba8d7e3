#include "collectors/kubernetes_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>

namespace revisitd::collectors {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::Pair;

boost::json::object object(const std::string& text) { return boost::json::parse(text).as_object(); }

// tests/fixtures/kubernetes/NAME.json
boost::json::object fixture(const std::string& name) {
  std::ifstream file(std::string(REVISITD_SOURCE_DIR) + "/tests/fixtures/kubernetes/" + name +
                     ".json");
  return object({std::istreambuf_iterator<char>(file), {}});
}

std::vector<std::string> addresses(const TargetGroup& group) {
  std::vector<std::string> all;
  for (const LabelSet& target : group.targets) all.push_back(target.at("__address__"));
  return all;
}

std::pair<const std::string, std::string> meta(const std::string& name, const std::string& value) {
  return {"__meta_kubernetes_" + name, value};
}

TEST(KubernetesObjectsTest, APodIsATargetPerDeclaredPort) {
  const TargetGroup group = pod_targets(read_pod(fixture("pod")));
  EXPECT_THAT(addresses(group),
              ElementsAre("10.1.0.7:8080", "10.1.0.7:9090", "10.1.0.7", "10.1.0.7"));
  EXPECT_THAT(
      group.labels,
      IsSupersetOf(
          {meta("namespace", "shop"), meta("pod_name", "checkout-1"), meta("pod_ip", "10.1.0.7"),
           meta("pod_ready", "true"), meta("pod_phase", "Running"), meta("pod_node_name", "node-a"),
           meta("pod_host_ip", "10.0.0.2"), meta("pod_uid", "u-1"),
           meta("pod_controller_kind", "ReplicaSet"), meta("pod_controller_name", "checkout"),
           meta("pod_label_app_kubernetes_io_name", "checkout"),
           meta("pod_labelpresent_app_kubernetes_io_name", "true"),
           meta("pod_annotation_prometheus_io_scrape", "true"),
           meta("pod_annotationpresent_prometheus_io_scrape", "true")}));
  EXPECT_THAT(
      group.targets[1],
      ElementsAre(
          Pair("__address__", "10.1.0.7:9090"), meta("pod_container_id", "containerd://abc"),
          meta("pod_container_image", "checkout:7"), meta("pod_container_init", "false"),
          meta("pod_container_name", "app"), meta("pod_container_port_name", "admin"),
          meta("pod_container_port_number", "9090"), meta("pod_container_port_protocol", "TCP")));
  EXPECT_THAT(group.targets[3], Contains(meta("pod_container_init", "true")));
}

TEST(KubernetesObjectsTest, APodWithoutAnAddressIsNoTargetYet) {
  EXPECT_THAT(
      pod_targets(
          read_pod(object(
              R"({"metadata":{"name":"a","namespace":"b"},"spec":{"containers":[{"name":"c"}]}})")))
          .targets,
      IsEmpty());
}

TEST(KubernetesObjectsTest, ANodeIsItsKubelet) {
  const TargetGroup group = node_targets(read_node(fixture("node")));
  EXPECT_THAT(addresses(group), ElementsAre("10.0.0.2:10250"));
  EXPECT_EQ(group.targets[0].at("instance"), "node-a");
  EXPECT_THAT(group.labels,
              ElementsAre(meta("node_address_Hostname", "node-a"),
                          meta("node_address_InternalIP", "10.0.0.2"), meta("node_label_zone", "a"),
                          meta("node_labelpresent_zone", "true"), meta("node_name", "node-a"),
                          meta("node_provider_id", "cloud://1")));
}

TEST(KubernetesObjectsTest, AServiceIsATargetPerPort) {
  const TargetGroup group = service_targets(read_service(fixture("service")));
  EXPECT_THAT(addresses(group), ElementsAre("checkout.shop.svc:80"));
  EXPECT_THAT(
      group.labels,
      ElementsAre(meta("namespace", "shop"), meta("service_label_tier", "web"),
                  meta("service_labelpresent_tier", "true"), meta("service_name", "checkout")));
  EXPECT_THAT(
      group.targets[0],
      IsSupersetOf({meta("service_cluster_ip", "10.2.0.1"), meta("service_port_name", "http"),
                    meta("service_port_number", "80"), meta("service_type", "ClusterIP")}));
}

TEST(KubernetesObjectsTest, AnEndpointHasTheLabelsOfItsServiceAndPod) {
  KubernetesPods pods;
  KubernetesServices services;
  pods.emplace("shop/checkout-1", read_pod(fixture("pod")));
  services.emplace("shop/checkout", read_service(fixture("service")));
  const TargetGroup group =
      endpointslice_targets(read_endpointslice(fixture("endpointslice")), services, pods);
  // The pod's other port is a target, too.
  EXPECT_THAT(addresses(group), ElementsAre("10.1.0.7:8080", "10.1.0.9:8080", "10.1.0.7:9090"));
  EXPECT_THAT(group.labels, IsSupersetOf({meta("endpointslice_name", "checkout-x"),
                                          meta("endpointslice_address_type", "IPv4"),
                                          meta("service_name", "checkout")}));
  EXPECT_THAT(
      group.targets[0],
      IsSupersetOf({meta("endpointslice_port", "8080"), meta("endpointslice_port_name", "http"),
                    meta("endpointslice_port_protocol", "TCP"),
                    meta("endpointslice_port_app_protocol", "http"),
                    meta("endpointslice_endpoint_conditions_ready", "true"),
                    meta("endpointslice_endpoint_conditions_terminating", "false"),
                    meta("endpointslice_endpoint_node_name", "node-a"),
                    meta("endpointslice_endpoint_zone", "a"),
                    meta("endpointslice_address_target_kind", "Pod"),
                    meta("endpointslice_address_target_name", "checkout-1"),
                    meta("pod_name", "checkout-1"), meta("pod_container_name", "app"),
                    meta("pod_container_port_name", "http")}));
  EXPECT_THAT(group.targets[1], Contains(meta("endpointslice_endpoint_conditions_ready", "false")));
  EXPECT_THAT(group.targets[1], Not(Contains(Pair("__meta_kubernetes_pod_name", ::testing::_))));
}

TEST(KubernetesObjectsTest, NonsenseIsReadAsLittle) {
  for (const char* text :
       {"{}", R"({"metadata":1})", R"({"metadata":{"name":[]},"spec":[],"status":"x"})",
        R"({"endpoints":[1,{"addresses":"x"}],"ports":{}})"}) {
    EXPECT_THAT(pod_targets(read_pod(object(text))).targets, IsEmpty());
    EXPECT_THAT(node_targets(read_node(object(text))).targets, IsEmpty());
    EXPECT_THAT(service_targets(read_service(object(text))).targets, IsEmpty());
    EXPECT_THAT(endpointslice_targets(read_endpointslice(object(text)), {}, {}).targets, IsEmpty());
  }
}

}  // namespace
}  // namespace revisitd::collectors
