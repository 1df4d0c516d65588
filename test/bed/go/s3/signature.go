package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var authorization = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/]+)/(\d+)/([^/]+)/s3/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$`)

// refusal checks AWS signature 4 and gives the key's id and the S3 error code, which is empty where the signature holds.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
func refusal(request *http.Request, secrets map[string]string) (id string, code string) {
	parts := authorization.FindStringSubmatch(request.Header.Get("Authorization"))
	if parts == nil {
		return "", "AccessDenied"
	}
	day, region, signed, signature := parts[2], parts[3], parts[4], parts[5]
	id = parts[1]
	secret, known := secrets[id]
	if !known {
		return id, "InvalidAccessKeyId"
	}
	digest := sha256.Sum256([]byte(canonical(request, signed)))
	scope := strings.Join([]string{day, region, "s3", "aws4_request"}, "/")
	text := strings.Join([]string{"AWS4-HMAC-SHA256", request.Header.Get("X-Amz-Date"), scope, hex.EncodeToString(digest[:])}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range strings.Split(scope, "/") {
		key = mac(key, part)
	}
	if !hmac.Equal([]byte(hex.EncodeToString(mac(key, text))), []byte(signature)) {
		return id, "SignatureDoesNotMatch"
	}
	return id, ""
}

func canonical(request *http.Request, signed string) string {
	var query []string
	for name, values := range request.URL.Query() {
		for _, value := range values {
			query = append(query, escape(name)+"="+escape(value))
		}
	}
	slices.Sort(query)
	var headers strings.Builder
	for _, name := range strings.Split(signed, ";") {
		headers.WriteString(name + ":" + strings.Join(strings.Fields(header(request, name)), " ") + "\n")
	}
	return strings.Join([]string{
		request.Method, request.URL.EscapedPath(), strings.Join(query, "&"), headers.String(), signed, request.Header.Get("X-Amz-Content-Sha256"),
	}, "\n")
}

// header gives what was sent: Go takes two of the headers out of the map.
func header(request *http.Request, name string) string {
	switch name {
	case "host":
		return request.Host
	case "content-length":
		return strconv.FormatInt(request.ContentLength, 10)
	}
	return strings.Join(request.Header.Values(name), ",")
}

func mac(key []byte, text string) []byte {
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte(text))
	return hash.Sum(nil)
}

func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
