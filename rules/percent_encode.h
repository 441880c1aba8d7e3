#pragma once

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <string>
#include <string_view>

namespace revisitd::rules {

// `text` as a part of a URL: every byte but `plain` as %XX (RFC 3986, 2.1). Boost's own function
// for whole strings is noexcept and allocates, which ends the program where memory is out; given
// room beforehand it allocates nothing.
template <class CharSet = boost::urls::grammar::lut_chars>
std::string percent_encode(std::string_view text,
                           const CharSet& plain = boost::urls::unreserved_chars) {
  const boost::core::string_view bytes(text.data(), text.size());
  std::string encoded;
  encoded.reserve(boost::urls::encoded_size(bytes, plain));
  boost::urls::encode(bytes, plain, {}, boost::urls::string_token::assign_to(encoded));
  return encoded;
}

}  // namespace revisitd::rules
