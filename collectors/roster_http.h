#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/http_client.h"
#include "collectors/request_credentials.h"
#include "collectors/roster_source.h"

namespace revisitd::collectors {

struct RosterHttpSpec {
  enum class Answers { native, backstage };  // the native roster; the API of a Backstage
  std::string url;
  Answers answers = Answers::native;
  Duration refresh_interval = std::chrono::minutes(5);
  Duration timeout = std::chrono::seconds(30);  // total, per request
  HeaderList headers;
  Credentials credentials;
  std::shared_ptr<const TlsOptions> tls;
  bool allow_private = true;
};

// A roster that a peer serves. refresh() asks, look() says what was had last; a peer that cannot be
// asked lets the last answer age. An answer that lists fewer people has to be given again. A
// catalogue that was never read before may still be filling: what it answers counts, and it is
// asked every minute and `settling` until two answers are about as large.
class RosterHttp final : public RosterSource {
 public:
  // The client must outlive the source and its calls.
  RosterHttp(HttpClient& client, RosterHttpSpec spec, RosterSourceOptions options,
             LastReading last = {});

  // When it should be asked: at once, then every refresh_interval; a minute after a failure, or
  // while the catalogue may be filling.
  [[nodiscard]] bool due(TimePoint now) const;
  boost::asio::awaitable<void> refresh(TimePoint now);

  RosterLook look(TimePoint now) override;
  bool confirm() override { return gate_.confirm(); }
  [[nodiscard]] const std::string& name() const override { return spec_.url; }
  [[nodiscard]] std::string kind() const override {
    return spec_.answers == RosterHttpSpec::Answers::native ? "http" : "backstage-api";
  }
  [[nodiscard]] std::vector<CataloguedService> services() const override { return services_; }

 private:
  struct Answer {
    rules::RosterReading reading;
    std::string hash;
    TimePoint at{};
    std::vector<CataloguedService> services = {};
  };
  [[nodiscard]] Result<FetchRequest> request() const;
  boost::asio::awaitable<Result<Answer>> ask_native(FetchRequest request, TimePoint now);
  boost::asio::awaitable<Result<Answer>> ask_backstage(FetchRequest request, TimePoint now);

  HttpClient& client_;
  RosterHttpSpec spec_;
  RosterGate gate_;
  std::optional<Answer> answer_;  // the newest
  std::string problem_;           // why the newest question has none
  std::optional<TimePoint> asked_;
  bool filling_ = false;
  std::optional<int> size_;                  // of the newest answer while it may be filling
  std::vector<CataloguedService> services_;  // of the last good answer
};

}  // namespace revisitd::collectors
