#pragma once

#include <string>
#include <vector>

#include "collectors/http_client.h"
#include "daemon/notify/attempt.h"
#include "daemon/notify/receiver.h"

// From a row's bytes to HTTP requests, and from HTTP answers back to a Reply. The only place of
// notify/ where secrets are revealed.
namespace revisitd::daemon::notify {

// One receiver with its secrets, read anew whenever their files change.
class Courier {
 public:
  explicit Courier(Receiver receiver);

  [[nodiscard]] const Receiver& receiver() const { return receiver_; }

  // One request per URL of the receiver: the same bytes and, for webhooks, the same webhook-id on
  // every attempt; the timestamp that is signed is `now`. The error says which secret could not be
  // had.
  Result<std::vector<collectors::FetchRequest>> requests(const std::string& id,
                                                         const std::string& body, TimePoint now);
  // The answer without any secret of the last requests() in its words.
  [[nodiscard]] Reply reply(
      const Result<collectors::FetchResponse, collectors::FetchError>& answer) const;
  // Whether a secret file is refused at the moment, and why; "" when all is well.
  [[nodiscard]] std::string problem() const;

 private:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  Status add_auth(Headers& headers);
  Status add_signature(Headers& headers, const std::string& id, const std::string& body,
                       TimePoint now);
  Result<std::vector<std::string>> urls();
  Result<Secret> reveal(SecretReader& reader);
  [[nodiscard]] std::string without_secrets(std::string text) const;

  Receiver receiver_;
  SecretReader url_;
  SecretReader password_;
  SecretReader bearer_;
  std::vector<SecretReader> signing_keys_;
  std::vector<Secret> revealed_;  // by the last requests()
};

// Many answers as one: accepted when any accepts, else the one that leaves the most hope.
Judgement combined(const std::vector<Judgement>& judgements);

}  // namespace revisitd::daemon::notify
