package stripefake

import (
	"fmt"
	"net/http"
)

// product is what a price is a price of. https://docs.stripe.com/api/products
type product struct {
	ID          string
	Name        string
	Description string
	Images      []string
	Inactive    bool
	Descriptor  string // statement_descriptor
	Metadata    map[string]string
	Created     int64
	Updated     int64
}

func (pr *product) key() string   { return pr.ID }
func (pr *product) madeAt() int64 { return pr.Created }

func (v view) product(pr *product, _ expansion) object {
	images := pr.Images
	if images == nil {
		images = []string{}
	}
	return object{
		"id": pr.ID, "object": "product", "active": !pr.Inactive, "created": pr.Created,
		"description": orNull(pr.Description), "features": []any{}, "images": images, "livemode": false,
		"metadata": rendered(pr.Metadata), "name": pr.Name, "type": "service", "attributes": []any{},
		"statement_descriptor": orNull(pr.Descriptor), "updated": pr.Updated,
	}.withNulls("default_price", "package_dimensions", "shippable", "tax_code", "unit_label", "url")
}

func (s *Server) createProduct(c *call) (object, *apiError) {
	id := c.text("id")
	if id == "" {
		id = s.st.newID("prod_", 14)
	}
	if _, taken := s.st.Products.get(id); taken {
		return nil, invalid("id", "resource_already_exists", "Product already exists: %s.", id)
	}
	metadata, err := c.metadata("metadata")
	if err != nil {
		return nil, err
	}
	pr := s.newProduct(c.why, &product{
		ID: id, Name: c.text("name"), Description: c.text("description"), Images: c.texts("images"),
		Inactive: c.has("active") && !c.truth("active"), Descriptor: c.text("statement_descriptor"), Metadata: metadata,
	})
	return c.view.product(pr, c.expand), nil
}

func (s *Server) newProduct(why cause, pr *product) *product {
	pr.Created, pr.Updated = s.unix(), s.unix()
	s.st.Products.add(pr)
	s.emit(why, "product.created", nil, func(v view) object { return v.product(pr, nil) })
	return pr
}

func (s *Server) updateProduct(c *call) (object, *apiError) {
	pr, ok := s.st.Products.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "product", c.id)
	}
	metadata, err := mergeMetadata(pr.Metadata, c.params)
	if err != nil {
		return nil, err
	}
	before := c.view.product(pr, nil)
	pr.Metadata, pr.Updated = metadata, s.unix()
	if c.has("name") {
		pr.Name = c.text("name")
	}
	if c.has("description") {
		pr.Description = c.text("description")
	}
	if c.has("active") {
		pr.Inactive = !c.truth("active")
	}
	s.emit(c.why, "product.updated", before, func(v view) object { return v.product(pr, nil) })
	return c.view.product(pr, c.expand), nil
}

// deleteProduct removes a product that nothing is sold of. Stripe keeps those
// that have a price. https://docs.stripe.com/api/products/delete
func (s *Server) deleteProduct(c *call) (object, *apiError) {
	pr, ok := s.st.Products.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "product", c.id)
	}
	for _, p := range s.st.Prices.rows {
		if p.Product == pr.ID {
			return nil, invalid("", "", "This product cannot be deleted because it has one or more user-created prices.")
		}
	}
	s.st.Products.remove(pr.ID)
	s.emit(c.why, "product.deleted", nil, func(v view) object { return v.product(pr, nil) })
	return object{"id": pr.ID, "object": "product", "deleted": true}, nil
}

func (s *Server) retrieveProduct(c *call) (object, *apiError) {
	pr, ok := s.st.Products.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "product", c.id)
	}
	return c.view.product(pr, c.expand), nil
}

func (s *Server) listProducts(c *call) (object, *apiError) {
	ids := map[string]bool{}
	for _, id := range c.texts("ids") {
		ids[id] = true
	}
	keep := func(pr *product) bool {
		return (len(ids) == 0 || ids[pr.ID]) && c.matches("active", fmt.Sprint(!pr.Inactive))
	}
	return page(c, "/v1/products", &s.st.Products, keep, c.view.product)
}

// catalogueEndpoints are those of what is sold.
func (s *Server) catalogueEndpoints() map[string]endpointFunc {
	return map[string]endpointFunc{
		"POST /v1/products":        s.createProduct,
		"GET /v1/products":         s.listProducts,
		"GET /v1/products/{id}":    s.retrieveProduct,
		"POST /v1/products/{id}":   s.updateProduct,
		"DELETE /v1/products/{id}": s.deleteProduct,
		"POST /v1/prices/{id}":     s.updatePrice,
		"POST /v1/prices":          s.createPrice,
		"GET /v1/prices":           s.listPrices,
		"GET /v1/prices/{id}":      s.retrievePrice,
	}
}
