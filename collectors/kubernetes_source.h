#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "collectors/kubernetes_spec.h"
#include "collectors/target_source.h"

namespace revisitd::collectors {

// The targets of a cluster by list and watch: everything is listed in pages, then changes are
// followed as they come; a watch that is too old is begun anew with a list. A watch lasts five
// minutes, so that a rotated token counts soon. A role that needs other objects (endpoint slices
// need services and pods) watches those, too. The client must outlive the source and its rounds.
std::unique_ptr<TargetSource> make_kubernetes_source(boost::asio::any_io_executor executor,
                                                     HttpClient& client, KubernetesSpec spec);

}  // namespace revisitd::collectors
