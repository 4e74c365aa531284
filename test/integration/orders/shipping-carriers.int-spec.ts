import { FakeCarrier } from '../../../src/orders/shipping/carriers/fake.carrier.js';
import { describeShippingCarrier } from '../../kits/shipping-carrier.kit.js';
import { testEnvironment } from '../../support/test-environment.js';

describeShippingCarrier(
  'fake',
  () => {
    const carrier = new FakeCarrier(testEnvironment());
    return {
      carrier,
      destination: { countryCode: 'IS', postalCode: '101' },
      fail: (fault) => {
        carrier.faults.isDown = fault === 'down';
        carrier.faults.isSilent = fault === 'silent';
      },
    };
  },
  { faults: ['down', 'silent'] },
);
