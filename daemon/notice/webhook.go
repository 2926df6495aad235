package notice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"dossier/config"
)

// webhook posts each notice as JSON. What fails in passing is tried again, slower each time.
type webhook struct {
	url    string
	secret config.Secret
	client *retryablehttp.Client
}

func newWebhook(cfg config.Notices) webhook {
	transport := http.DefaultTransport.(*http.Transport).Clone() // proxies as the system has them
	transport.DisableKeepAlives = true                           // notices are rare, and nothing is left to close
	return webhook{url: cfg.Webhook, secret: cfg.WebhookSecret, client: &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: transport, Timeout: 15 * time.Second,
			// The secret goes to the address that its owner wrote, and nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax: 5, RetryWaitMin: time.Second, RetryWaitMax: time.Minute,
		CheckRetry: retryablehttp.DefaultRetryPolicy, Backoff: retryablehttp.DefaultBackoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}}
}

func (webhook) name() string { return "webhook" }

// send says in its errors nothing of the address but its host: with many services the path is the permission.
func (w webhook) send(ctx context.Context, n Notice) error {
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, w.url, body)
	if err != nil {
		return errors.New("post notice: the address is of no use")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "dossier")
	if !w.secret.IsZero() {
		secret, err := w.secret.Resolve(ctx)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	resp, err := w.client.Do(req)
	if resp != nil {
		defer resp.Body.Close() // only its status matters
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	}
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return fmt.Errorf("post notice to %s: %w", req.URL.Host, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("post notice to %s: HTTP %d; a redirect is not followed", req.URL.Host, resp.StatusCode)
	}
	return nil
}
