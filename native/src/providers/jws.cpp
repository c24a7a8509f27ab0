// SPDX-License-Identifier: Apache-2.0
#include "providers/jws.h"

#include "http/text.h"
#include "latchkey/base64url.h"
#include "providers/jwk.h"

namespace latchkey::native {
namespace {

constexpr std::size_t max_header_bytes = 2 * 1024;

std::optional<json_value> parse_part(std::string_view text, std::size_t max_bytes) {
  const auto bytes = from_base64url(text);
  if (!bytes) return std::nullopt;
  auto document = parse_json(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()), max_bytes);
  if (!document || document->as_object() == nullptr) return std::nullopt;
  return std::move(*document);
}

/** What the header says, as far as it may say anything: never which key is to be believed. */
bool read_header(const json_value& header, signed_token& into) {
  // An extension that must be understood and is not; a compressed or unencoded payload: RFC 7515 §4.1.11, RFC 7797.
  for (const char* refused : {"crit", "zip", "b64", "enc"}) {
    if (header.find(refused) != nullptr) return false;
  }
  const std::string* name = header.find_string("alg");
  const auto algorithm = name ? parse_jws_algorithm(*name) : std::nullopt;
  if (!algorithm) return false;
  into.algorithm = *algorithm;
  if (const json_value* kid = header.find("kid")) {
    const std::string* text = kid->as_string();
    if (text == nullptr || text->empty() || text->size() > kid_max_bytes) return false;
    into.kid = *text;
  }
  if (const json_value* type = header.find("typ")) {
    if (type->as_string() == nullptr) return false;
    into.type = to_lower(*type->as_string());
    constexpr std::string_view prefix = "application/";
    if (into.type.starts_with(prefix)) into.type.erase(0, prefix.size());
  }
  return true;
}

}  // namespace

std::optional<signed_token> parse_signed_token(std::string_view text) {
  if (text.size() > jwt_max_bytes) return std::nullopt;
  const auto first = text.find('.');
  const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  signed_token token;
  token.signing_input = text.substr(0, second);
  const auto header = parse_part(text.substr(0, first), max_header_bytes);
  if (!header || !read_header(*header, token)) return std::nullopt;
  auto claims = parse_part(text.substr(first + 1, second - first - 1), jwt_max_bytes);
  auto signature = from_base64url(text.substr(second + 1));
  if (!claims || !signature || signature->empty()) return std::nullopt;
  token.claims = std::move(*claims);
  token.signature = std::move(*signature);
  return token;
}

}  // namespace latchkey::native
